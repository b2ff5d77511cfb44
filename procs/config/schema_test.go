package config

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const schemaFile = "../../docs/muster.schema.json"

func TestSchemaFile(t *testing.T) {
	got, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/muster.schema.json is stale; go generate ./procs/config writes it")
	}
}

// keyPaths lists every key of the table, as "ready.http".
func keyPaths(t *testing.T) map[string]schemaPart {
	t.Helper()
	b, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var root struct {
		Properties struct {
			Pools struct {
				AdditionalProperties schemaPart `json:"additionalProperties"`
			} `json:"pools"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(b, &root); err != nil {
		t.Fatal(err)
	}
	paths := map[string]schemaPart{}
	root.Properties.Pools.AdditionalProperties.collect("", paths)
	return paths
}

type schemaPart struct {
	Description string                `json:"description"`
	Default     string                `json:"default"`
	Properties  map[string]schemaPart `json:"properties"`
	AnyOf       []schemaPart          `json:"anyOf"`
}

func (p schemaPart) collect(prefix string, into map[string]schemaPart) {
	for name, value := range p.Properties {
		into[prefix+name] = value
		value.collect(prefix+name+".", into)
	}
	for _, one := range p.AnyOf {
		one.collect(prefix, into)
	}
}

func TestEveryKeyIsDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{} // of the tables: key to the rest of the row
	table, _, _ := strings.Cut(string(b), "### Examples")
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\|(.*)$").FindAllStringSubmatch(table, -1) {
		rows[m[1]] = m[2]
	}
	paths := keyPaths(t)
	if len(paths) < 35 {
		t.Errorf("the table has %d keys; where are the others?", len(paths))
	}
	for path, part := range paths {
		row, ok := rows[path]
		switch {
		case !ok:
			t.Errorf("docs/configuration.md has no row for `%s`", path)
		case part.Default != "" && !strings.Contains(row, "`"+part.Default+"`"):
			t.Errorf("docs/configuration.md does not give the default of `%s`, %s: %s", path, part.Default, row)
		case part.Description == "":
			t.Errorf("%s says nothing about itself", path)
		}
		delete(rows, path)
	}
	for path := range rows {
		t.Errorf("docs/configuration.md tells of `%s`, which is no key", path)
	}
}

func TestExamplesOfTheDocumentWork(t *testing.T) {
	b, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(b), -1)
	if len(blocks) < 5 {
		t.Errorf("there are %d examples", len(blocks))
	}
	for _, block := range blocks {
		text := block[1]
		if !strings.Contains(text, "pools:") {
			command := "command: x\n    "
			if strings.HasPrefix(text, "command:") {
				command = ""
			}
			text = "pools:\n  example:\n    " + command + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") + "\n  db: {command: x}\n  migrate: {command: x}\n"
		}
		files := map[string]string{"muster.yaml": text, "service.env": "A=b\n", ".env": "TOKEN=t\n"}
		if _, err := fromText(t, files, Options{}); err != nil {
			t.Errorf("%s\n%s", block[1], said(err))
		}
	}
}

func TestExampleOfInit(t *testing.T) {
	specs, err := fromText(t, map[string]string{"muster.yaml": Example}, Options{})
	if err != nil {
		t.Fatal(said(err))
	}
	if len(specs) != 1 || specs[0].Size != 2 {
		t.Errorf("it runs %+v", specs)
	}
	first, _, _ := strings.Cut(Example, "\n")
	if first != "# yaml-language-server: $schema="+SchemaURL {
		t.Errorf("its first line does not lead editors to the schema: %s", first)
	}
	if filepath.Base(SchemaURL) != filepath.Base(schemaFile) {
		t.Errorf("%s is not %s", SchemaURL, schemaFile)
	}
	// What it shows in comments is right as well.
	loud := strings.Replace(Example, "    # restart: no", "    #", 1) // it shows both forms
	loud = regexp.MustCompile(`(?m)^( +)# ( *[a-z_]+:)`).ReplaceAllString(loud, "$1$2")
	files := map[string]string{"muster.yaml": loud, "service.env": ""}
	if specs, err = fromText(t, files, Options{}); err != nil || len(specs) != 3 {
		t.Errorf("with its comments taken off it runs %d pools: %v\n%s", len(specs), err, loud)
	}
}
