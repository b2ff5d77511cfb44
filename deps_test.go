package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "example.com/muster"

// listed is what `go list -json` tells of a package.
type listed struct {
	ImportPath string
	Dir        string
	Doc        string
	GoFiles    []string
	Imports    []string
	Deps       []string
}

// packages lists the module's packages for one system.
func packages(t *testing.T, goos string) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Doc,GoFiles,Imports,Deps", "./...")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=arm64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cannot list the packages: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// room is a package's path within the module, "" for main.
func room(importPath string) (string, bool) {
	if importPath == module {
		return "", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func within(room, root string) bool { return room == root || strings.HasPrefix(room, root+"/") }

func anyPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// pure rooms decide and must not act.
var pureRooms = []string{"procs/lifecycle", "procs/task/plan", "profiling/crash", "profiling/locks/graph", "profiling/report", "procs/tape", "ui/draw", "ui/plain", "ui/text", "ui/vt", "ui/waits"}

// layers, highest first: an import may only point downwards.
var layers = []string{"", "ui/cli", "ui", "session", "profiling", "procs", "internal"}

func layer(room string) int {
	switch {
	case room == "":
		return 0
	case within(room, "ui/cli"):
		return 1
	case within(room, "ui"):
		return 2
	case within(room, "session"):
		return 3
	case within(room, "profiling"):
		return 4
	case within(room, "procs"):
		return 5
	case within(room, "internal"):
		return 6
	}
	return -1
}

func TestArrows(t *testing.T) {
	for _, goos := range []string{"linux", "darwin"} {
		for _, p := range packages(t, goos) {
			from, ok := room(p.ImportPath)
			if !ok || within(from, "bench") || within(from, "docs") {
				continue
			}
			if layer(from) < 0 {
				t.Errorf("%s: no layer is known for this package; add it to docs/architecture.md and here", p.ImportPath)
			}
			for _, imp := range p.Imports {
				checkArrow(t, from, imp)
			}
			checkDeps(t, from, p.Deps)
		}
	}
}

// TestRooms: the table of rooms has each package, and nothing that is not there.
func TestRooms(t *testing.T) {
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## Rooms\n")
	table, _, _ = strings.Cut(table, "\n## ")
	told := map[string]bool{}
	for line := range strings.Lines(table) {
		row := strings.Split(line, "|")
		if len(row) < 3 || !strings.HasPrefix(row[1], " `") {
			continue
		}
		for _, name := range strings.Fields(strings.ReplaceAll(row[1], "`", "")) {
			if _, err := os.Stat(name); err != nil || told[name] {
				t.Errorf("docs/architecture.md has a row for %s, which is not there, or has another", name)
			}
			told[name] = true
		}
	}
	for _, goos := range []string{"linux", "darwin"} {
		for _, p := range packages(t, goos) {
			if name, ok := room(p.ImportPath); ok && name != "" && !told[name] {
				t.Errorf("%s has no row among the rooms of docs/architecture.md", name)
				told[name] = true
			}
		}
	}
}

// checkArrow checks one import.
func checkArrow(t *testing.T, from, imp string) {
	t.Helper()
	if to, ok := room(imp); ok {
		if layer(to) < layer(from) {
			t.Errorf("%s imports %s: the arrow points up (%s)", from, to, strings.Join(layers, " -> "))
		}
		if within(to, "internal/corpus") {
			t.Errorf("%s imports %s: it is for tests only", from, to)
		}
		if (from == "procs" || from == "profiling") && to != "procs" {
			t.Errorf("%s imports %s: a vocabulary imports no room", from, to)
		}
		if within(from, "session") && to == "procs/procfs" {
			t.Errorf("%s imports %s: session reads nothing from /proc", from, to)
		}
		if from == "ui/port" && layer(to) == layer(from) {
			t.Errorf("ui/port imports %s: it is a leaf", to)
		}
		return
	}
	for _, pure := range pureRooms {
		if within(from, pure) && (imp == "os" || imp == "net" || imp == "syscall" || anyPrefix(imp, "os/", "net/", "golang.org/x/sys/")) {
			t.Errorf("%s is pure, but imports %s", from, imp)
		}
	}
	if from == "procs" && strings.Contains(imp, ".") {
		t.Errorf("procs imports %s: the vocabulary imports only the standard library", imp)
	}
	if from == "profiling/agent" && strings.Contains(imp, ".") && !strings.HasPrefix(imp, "golang.org/x/sys/") {
		t.Errorf("profiling/agent imports %s: user programs import it, it keeps to the standard library", imp)
	}
	if from == "session" && imp == "os/exec" {
		t.Error("session imports os/exec: it starts no process")
	}
}

// checkDeps checks what a package depends on, however indirectly.
func checkDeps(t *testing.T, from string, deps []string) {
	t.Helper()
	if !within(from, "procs") && !within(from, "profiling") && !within(from, "session") {
		return
	}
	for _, d := range deps {
		if anyPrefix(d, "github.com/charmbracelet/") || within(d, module+"/ui") {
			t.Errorf("%s depends on %s", from, d)
		}
	}
}

// TestNevers reads the source for what imports cannot tell.
func TestNevers(t *testing.T) {
	for _, p := range packages(t, "linux") {
		from, ok := room(p.ImportPath)
		if !ok || within(from, "bench") {
			continue
		}
		if strings.TrimSpace(p.Doc) == "" {
			t.Errorf("%s has no package documentation", p.ImportPath)
		}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				checkCall(t, from, name, n)
				return true
			})
		}
	}
}

func checkCall(t *testing.T, from, file string, n ast.Node) {
	t.Helper()
	if lit, ok := n.(*ast.BasicLit); ok && within(from, "session") && strings.HasPrefix(strings.Trim(lit.Value, "`\""), "/proc") {
		t.Errorf("session/%s reads %s: session reads nothing from /proc", file, lit.Value)
	}
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return
	}
	pkg, ok := sel.X.(*ast.Ident)
	if !ok {
		return
	}
	switch call := pkg.Name + "." + sel.Sel.Name; call {
	case "os.Exit":
		if from != "" && !within(from, "ui/cli") {
			t.Errorf("%s/%s calls os.Exit: only main and ui/cli may", from, file)
		}
	case "time.Now", "time.Since", "time.Until", "time.After", "time.AfterFunc", "time.NewTimer", "time.NewTicker", "time.Tick", "time.Sleep":
		for _, pure := range pureRooms {
			if within(from, pure) {
				t.Errorf("%s/%s calls %s: it is pure, the clock is passed in", from, file, call)
			}
		}
	}
}
