package session

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/capture"
)

// example is a block of commands in docs/api.md, and the answer that is shown for it.
type example struct {
	commands []string
	answer   string // "" if none is shown
}

// examples reads the blocks of a document.
func examples(text string) (all []example) {
	kind, block := "", ""
	for _, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case !isFence:
			block += line + "\n"
		case kind == "" && fence != "":
			kind, block = fence, ""
			continue
		case kind == "sh":
			var e example
			for _, c := range strings.Split(strings.TrimSpace(block), "\n") {
				if strings.HasPrefix(c, "curl ") {
					e.commands = append(e.commands, c)
				}
			}
			all = append(all, e)
			kind = ""
		case kind == "json":
			all[len(all)-1].answer = block
			kind = ""
		default:
			kind = ""
		}
	}
	return all
}

// Every command of docs/api.md works as it stands there, and the answers that
// are shown have no field that the real ones do not have.
func TestTheDocumentedCommandsWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("this test needs curl")
	}
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	pool := func(name string, n int) procs.Spec {
		script := "echo listening; trap : HUP; while :; do sleep 1000 & wait $!; done"
		return procs.Spec{Name: name, Argv: []string{"sh", "-c", script}, Size: n, Output: procs.OutputPipe}.WithDefaults()
	}
	specs := []procs.Spec{pool("api", 2), pool("worker", 1), {Name: "pdb", Argv: []string{"sleep", "1000"}, Size: 1, Output: procs.OutputPTY}}
	s, srv := servedWith(t, Config{
		Pools: specs,
		Profile: func(ctx context.Context, r capture.Request, _ func(capture.Progress)) (*capture.Capture, error) {
			r.Subjects()
			<-ctx.Done() // until it is asked for
			p := &profile.Profile{SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}}}
			return &capture.Capture{Request: r, Profile: p, Coverage: []profiling.Coverage{{Source: "cpython", OK: true}}}, nil
		},
		Reload: func() ([]procs.Spec, error) { return []procs.Spec{pool("api", 3), specs[1], specs[2]}, nil },
	})
	until(t, "all to be listening", func() bool { return s.Store().Next() == 3 })
	ran := 0
	for _, e := range examples(string(text)) {
		var out []byte
		for _, c := range e.commands {
			out = runCurl(t, srv, c)
			ran++
		}
		if e.answer == "" || len(out) == 0 {
			continue
		}
		line, _, _ := bytes.Cut(out, []byte("\n"))
		var shown, real any
		if err := json.Unmarshal([]byte(e.answer), &shown); err != nil {
			t.Errorf("%s is no JSON: %v", e.answer, err)
		}
		if err := json.Unmarshal(line, &real); err != nil {
			t.Errorf("%q answers %.200s: %v", e.commands, line, err)
		}
		if missing := notIn(shown, real, ""); missing != "" {
			t.Errorf("%q: the answer has no %s:\n%.500s", e.commands, missing, line)
		}
	}
	if ran < 15 {
		t.Errorf("only %d commands were found", ran)
	}
	select {
	case <-s.Done():
	case <-time.After(30 * time.Second):
		t.Error("the last command is to end the session")
	}
}

// runCurl runs one command as a shell would, and returns what it printed. Of
// one that follows the session the first line is enough.
func runCurl(t *testing.T, srv *Server, command string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	command = strings.Replace(command, " -o api.pb.gz", "", 1)
	script := strings.Replace(command, "curl ", "curl -sS --fail-with-body ", 1)
	if strings.Contains(command, "follow=1") {
		script = strings.Replace(script, "curl ", "curl --max-time 1 ", 1) + " 2>/dev/null | head -n 1"
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Env = append(os.Environ(), "SOCKET="+srv.Path())
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) == 0 {
		t.Errorf("%s: %v\n%s", command, err, out)
	}
	return out
}

// notIn names the first field of what is shown that the real answer does not
// have; the first element stands for a list.
func notIn(shown, real any, path string) string {
	switch shown := shown.(type) {
	case map[string]any:
		r, ok := real.(map[string]any)
		if !ok {
			return path
		}
		for key, v := range shown {
			have, ok := r[key]
			if !ok {
				return path + "." + key
			}
			if missing := notIn(v, have, path+"."+key); missing != "" {
				return missing
			}
		}
	case []any:
		r, ok := real.([]any)
		if !ok || len(r) == 0 && len(shown) > 0 {
			return path
		}
		if len(shown) > 0 {
			return notIn(shown[0], r[0], path+"[0]")
		}
	}
	return ""
}

// Every command there is stands in the table of docs/api.md.
func TestEveryCommandIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(strings.SplitAfter(string(text), "| command | |\n")[1], "\n\n")
	_, _, err = DoJSON{Command: "explode"}.command(nil)
	_, list, _ := strings.Cut(err.Error(), "the commands are ")
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(" ,;", r) }) {
		switch name {
		case "and", "of", "maps", "also":
			continue
		}
		if !strings.Contains(table, "`"+name+"`") {
			t.Errorf("docs/api.md has nothing of the command %s", name)
		}
	}
}
