package config

import (
	"encoding/json"
	"fmt"
)

// schema is a part of a JSON Schema.
type schema map[string]any

// referencePattern lets "${NAME}" stand where a number or a word is wanted.
const referencePattern = `\$\{.+\}`

var (
	aString  = schema{"type": []string{"string", "number", "boolean"}}
	aTruth   = schema{"anyOf": []schema{{"type": "boolean"}, {"type": "string", "pattern": referencePattern}}}
	aCommand = schema{"anyOf": []schema{
		{"type": "string", "description": "runs in $SHELL -c"},
		{"type": "array", "items": aString, "minItems": 1, "description": "the program and its arguments"},
	}}
	aDuration = schema{"anyOf": []schema{
		{"type": "string", "pattern": `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$|^0$|` + referencePattern},
		{"const": 0},
	}}
	oneOrMore         = schema{"anyOf": []schema{{"type": "string"}, {"type": "array", "items": schema{"type": "string"}}}}
	environmentSchema = schema{"anyOf": []schema{
		{"type": "object", "additionalProperties": schema{"type": []string{"string", "number", "boolean", "null"}}},
		{"type": "array", "items": schema{"type": "string", "pattern": "^[^= ]+(=.*)?$"}},
	}}
	dependsSchema = schema{"anyOf": []schema{
		{"type": "object", "additionalProperties": anyOf("started", "ready", "completed", "succeeded")},
		{"type": "array", "items": schema{"type": "string"}, "uniqueItems": true},
	}}
)

func anInteger(least, most int) schema {
	return schema{"anyOf": []schema{
		{"type": "integer", "minimum": least, "maximum": most},
		{"type": "string", "pattern": `^[0-9]+$|` + referencePattern},
	}}
}

func anyOf[T ~string](words ...T) schema {
	return schema{"anyOf": []schema{{"enum": words}, {"type": "string", "pattern": referencePattern}}}
}

func either(a, b schema) schema { return schema{"anyOf": []schema{a, b}} }

// object is the schema of a table of keys.
func object[T any](keys []key[T]) schema {
	properties := schema{}
	for _, k := range keys {
		p := schema{"description": k.about}
		for name, value := range k.value {
			p[name] = value
		}
		if k.def != "" {
			p["default"] = k.def
		}
		properties[k.name] = p
	}
	return schema{"type": "object", "properties": properties, "additionalProperties": false}
}

// Schema is the JSON Schema of muster.yaml (draft 2020-12), made from the table
// of keys that the reader obeys. docs/muster.schema.json holds it.
//
//go:generate go test -run ^TestSchemaFile$ -count 1 -update .
func Schema() ([]byte, error) {
	pool := object(poolKeys())
	pool["required"] = []string{"command"}
	b, err := json.MarshalIndent(schema{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"$id":         SchemaURL,
		"title":       "muster.yaml",
		"description": "The pools of processes that `muster up` runs.",
		"type":        "object",
		"properties": schema{"pools": schema{
			"description":          "The pools by name.",
			"type":                 "object",
			"minProperties":        1,
			"propertyNames":        schema{"pattern": `^[^/\s]+$`, "maxLength": 60},
			"additionalProperties": pool,
		}},
		"patternProperties":    schema{"^x-": schema{"description": "Anything: a place for anchors."}},
		"required":             []string{"pools"},
		"additionalProperties": false,
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("cannot write the schema: %w", err)
	}
	return append(b, '\n'), nil
}
