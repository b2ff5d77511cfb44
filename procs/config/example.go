package config

import _ "embed"

// SchemaURL is where editors find the schema of muster.yaml.
const SchemaURL = "https://example.com/muster/docs/muster.schema.json"

// Example is a first muster.yaml, with comments.
//
//go:embed example.yaml
var Example string
