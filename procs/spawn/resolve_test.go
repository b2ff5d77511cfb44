package spawn

import (
	"os"
	"path/filepath"
	"testing"

	"example.com/muster/procs"
)

func TestIsPython(t *testing.T) {
	root := t.TempDir()
	bin := filepath.Join(root, "bin")
	for _, dir := range []string{bin, filepath.Join(root, "shims"), filepath.Join(root, "versions", "3.12.1", "bin")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string]string{
		"bin/gunicorn":                "#!/opt/venv/bin/python3.12\n",
		"bin/celery":                  "#!/usr/bin/env python3\n",
		"bin/flags":                   "#!/usr/bin/env -S PYTHONUTF8=1 python3 -u\n",
		"bin/long":                    "#!/bin/sh\n'''exec' \"/a/very long/bin/python3\" \"$0\" \"$@\"\n' '''\n",
		"bin/shell":                   "#!/bin/sh\n",
		"bin/empty":                   "",
		"shims/black":                 "#!/usr/bin/env bash\nexec pyenv exec black\n",
		"shims/other":                 "#!/usr/bin/env bash\nexec pyenv exec other\n",
		"versions/3.12.1/bin/black":   "#!" + root + "/versions/3.12.1/bin/python3.12\n",
		"versions/3.12.1/bin/other":   "#!/bin/sh\n",
		"bin/pythonic":                "#!/bin/sh\n",
		"versions/3.12.1/bin/unknown": "",
	} {
		write(t, filepath.Join(root, name), content, 0o755)
	}
	if os.Mkdir(filepath.Join(bin, "folder"), 0o755) != nil {
		t.Fatal("no directory")
	}
	env := []string{"PATH=/nowhere:" + bin + ":" + filepath.Join(root, "shims")}
	for _, argv := range [][]string{
		{"python"},
		{"python3", "x.py"},
		{"/usr/bin/python3.13"},
		{"python3.13t"},
		{"pypy3"},
		{"gunicorn", "app:app"},
		{"celery"},
		{"flags"},
		{"long"},
		{"black"},
		{"./gunicorn"},
		{"env", "A=1", "python3"},
		{"env", "-u", "A", "python3"},
		{"uv", "run", "x.py"},
		{"poetry", "run", "python", "x.py"},
		{"pipenv", "run", "gunicorn"},
		{"timeout", "6", "python3", "x.py"},
		{"timeout", "-k", "1s", "--signal", "INT", "--foreground", "6", "/usr/bin/timeout", "5", "gunicorn"},
		{"nice", "-n", "5", "python3"},
		{"nice", "-5", "env", "A=1", "python3"},
		{"stdbuf", "-oL", "--", "python3"},
		{"stdbuf", "-o", "L", "python3"},
		{"taskset", "-c", "0,1", "python3"},
		{"setsid", "-w", "python3"},
		{"time", "-f", "%e", "python3"},
		{"flock", "-n", "lock", "python3"},
		{"env", "-S", "A=1 python3 -u", "x.py"},
	} {
		if !IsPython(argv, env, bin) {
			t.Errorf("%q is Python", argv)
		}
	}
	for _, argv := range [][]string{
		nil,
		{""},
		{"sh"},
		{"shell"},
		{"pythonic"},
		{"empty"},
		{"other"},
		{"folder"},
		{"./folder"},
		{"nowhere"},
		{"env"},
		{"env", "A=1"},
		{"uv", "run"},
		{"uv", "sync", "x.py"},
		{"sh", "python3"},
		{"timeout", "6", "sh", "python3"},
		{"timeout", "python3"},
		{"timeout", "-k"},
		{"taskset"},
	} {
		if IsPython(argv, env, bin) {
			t.Errorf("%q is not Python", argv)
		}
	}
}

func TestResolve(t *testing.T) {
	python, other := []string{"python3"}, []string{"sh"}
	tests := []struct {
		mode procs.OutputMode
		argv []string
		tui  bool
		want procs.OutputMode
	}{
		{procs.OutputAuto, python, true, procs.OutputByWriter},
		{procs.OutputAuto, python, false, procs.OutputByWriter},
		{procs.OutputAuto, other, true, procs.OutputPTY},
		{procs.OutputAuto, other, false, procs.OutputPipe},
		{"", other, false, procs.OutputPipe},
		{procs.OutputPipe, python, true, procs.OutputPipe},
		{procs.OutputPTY, python, false, procs.OutputPTY},
		{procs.OutputByWriter, other, false, procs.OutputByWriter},
	}
	for _, test := range tests {
		if got := Resolve(test.mode, test.argv, os.Environ(), "", test.tui); got != test.want {
			t.Errorf("%q for %q, TUI %v: got %s, want %s", test.mode, test.argv, test.tui, got, test.want)
		}
	}
}

// TestImportsSite: an agent is brought to those Pythons only that look for it.
func TestImportsSite(t *testing.T) {
	bin := t.TempDir()
	for name, line := range map[string]string{
		"plain": "#!/usr/bin/python3", "safe": "#!/usr/bin/python3 -sP", "isolated": "#!/usr/bin/python3 -I",
		"through-env": "#!/usr/bin/env -S python3 -E", "old": "#!/usr/bin/python2", "shell": "#!/bin/sh",
		"long":   "#!/bin/sh\n'''exec' \"/a/very long/bin/python3\" \"$0\" \"$@\"\n' '''",
		"script": "#!/usr/bin/env bash\ncd app\nexec venv/bin/python3.12 x.py", "no-script": "#!/usr/bin/perl\npython3",
	} {
		write(t, filepath.Join(bin, name), line+"\n", 0o755)
	}
	env := []string{"PATH=" + bin}
	for want, commands := range map[bool][][]string{
		true: {
			{"python3"},
			{"python3", "x.py", "-I"},
			{"python3", "-m", "x", "-E"},
			{"python3", "-c", "-S"},
			{"python3", "-cI"},
			{"python3", "-u", "-W", "-I", "x.py"},
			{"python3", "-WIgnore", "-X", "-E", "x.py"},
			{"python3", "--check-hash-based-pycs", "-I", "x.py"},
			{"python3", "-s", "-B", "-", "-I"},
			{"python3", "-X"}, // Python itself will say what is missing
			{"python3.8"},
			{"python3.14t"},
			{"env", "-u", "A", "python3", "x.py"},
			{"uv", "run", "x.py"},
			{"uv", "run", "python", "x.py"},
			{"plain", "-I"},
			{"safe"},
			{"long", "-I"},
			{"timeout", "5", "python3", "x.py"},
			{"sh", "-c", "cd app && python3 x.py"},
			{"bash", "-lc", `X=1 exec "/a/bin/python" x.py`},
			{"bash", "-e", "-c", "(python3)"},
			{"bash", filepath.Join(bin, "script")},
			{"script"},
			{"bash", "-euo", "pipefail", "-c", "python3 x.py"},
			{"bash", "-o", "pipefail", "+x", "-O", "extglob", "-c", "--", "python3 x.py"},
			{"timeout", "5", "sh", "-c", "python3 x.py"},
			{"nice", "script"},
			{"sh", "-c", ". venv/bin/activate && exec gunicorn app:app"},
			{"sh", "-c", "uv run -- x"},
			{"sh", "-c", "python3 -I a.py; python3 b.py"},
		},
		false: {
			{"python3", "-I"},
			{"python3", "-uE", "x.py"},
			{"python3", "-X", "dev", "-S", "x.py"},
			{"python3", "-W", "error", "-bsI"},
			{"python3", "--check-hash-based-pycs", "always", "-I", "x.py"},
			{"python2"},
			{"python2.7", "x.py"},
			{"/usr/bin/python3.7m"},
			{"env", "A=1", "python3", "-I"},
			{"poetry", "run", "python", "-E", "x.py"},
			{"isolated"},
			{"through-env"},
			{"old"},
			{"shell"},
			{"nowhere"},
			{},
			{"timeout", "5", "python3", "-I"},
			{"sh", "-c", "echo pythonic"},
			{"sh", "-c"},
			{"sh"},
			{"sh", "nowhere", "python3"},
			{"sh", "-c", "python3 -I a.py"},
			{"sh", "-c", "python2 a.py"},
			{"bash", "-o", "python3"},
			{"bash", "--"},
			{"no-script"},
		},
	} {
		for _, argv := range commands {
			if got := ImportsSite(argv, env, ""); got != want {
				t.Errorf("%q: got %v", argv, got)
			}
		}
	}
}
