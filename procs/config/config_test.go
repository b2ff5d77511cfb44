package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs"
)

func one(t *testing.T, text string, environ ...string) procs.Spec {
	t.Helper()
	specs, err := fromText(t, map[string]string{"muster.yaml": text}, Options{Environ: environ})
	if err != nil {
		t.Fatal(said(err))
	}
	return specs[0]
}

func TestEveryKeyReachesTheSpec(t *testing.T) {
	got := one(t, `pools:
  api:
    command: ./api --port {port}
    replicas: 2
    cwd: ./server
    env: {LOG: debug}
    output: pipe
    restart: {policy: always, max: 7, backoff: 200ms, backoff_max: 20s, reset_after: 1m}
    stop: {signal: INT, grace: 3s, to: leader}
    disabled: true
    update: {max_unavailable: 4}
    ready: {http: "http://127.0.0.1:{port}/healthz", every: 2s, timeout: 1s, delay: 500ms, failures: 9}
    live: {exec: [./check, now], every: 5s}
    depends_on: {db: succeeded}
    watch: {paths: ["*.go", "!x.go"], dependants: true}
    pprof: "127.0.0.1:{pprof_port}"
  db: {command: [postgres], disabled: true}
`, "SHELL=/bin/bash")
	want := procs.Spec{
		Name: "api", Argv: []string{"/bin/bash", "-c", "./api --port {port}"}, Size: 2, Dir: "/project/server",
		Env: []string{"LOG=debug"}, Output: procs.OutputPipe,
		Restart:  procs.RestartPolicy{When: procs.RestartAlways, Max: 7, Backoff: 200 * time.Millisecond, BackoffMax: 20 * time.Second, ResetAfter: time.Minute},
		Stop:     procs.StopPolicy{Signal: procs.SIGINT, Grace: 3 * time.Second, ToLeader: true},
		Disabled: true, MaxUnavailable: 4,
		Ready: &procs.Probe{
			HTTP: "http://127.0.0.1:{port}/healthz", Every: 2 * time.Second, Timeout: time.Second, Delay: 500 * time.Millisecond, Failures: 9,
		},
		Live: &procs.Probe{
			Exec: []string{"./check", "now"}, Every: 5 * time.Second, Timeout: procs.DefaultProbeTimeout, Failures: procs.DefaultProbeFailures,
		},
		DependsOn: []procs.Dependency{{Pool: "db", On: procs.OnSucceeded}},
		Watch:     procs.WatchPolicy{Patterns: []string{"*.go", "!x.go"}, Dependants: true},
		Pprof:     "127.0.0.1:{pprof_port}",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDefaults(t *testing.T) {
	got := one(t, "pools: {web: {command: [./web], ready: {tcp: \"a:1\"}, live: {tcp: \"a:1\"}}}")
	want := procs.Spec{
		Name: "web", Argv: []string{"./web"}, Dir: "/project", Restart: procs.RestartPolicy{Max: procs.DefaultMaxRestart},
		Ready: &procs.Probe{TCP: "a:1", Every: time.Second}, Live: &procs.Probe{TCP: "a:1", Every: 10 * time.Second},
	}.WithDefaults()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if argv := one(t, "pools: {web: {command: x}}").Argv; argv[0] != "sh" {
		t.Errorf("without SHELL a string runs in %s", argv[0])
	}
	if s := one(t, "pools: {web: {command: x, replicas: 0, stop: {grace: 0s}, restart: {policy: always, max: 0, backoff: 0s}}}"); s.Size != 0 || s.Stop.Grace != time.Millisecond ||
		s.Restart.Backoff != time.Millisecond || s.Restart.Max != 0 {
		t.Errorf("a zero has become a default: %+v", s)
	}
	if s := one(t, "pools: {web: {command: x, restart: {policy: always, backoff: 1m}}}"); s.Restart.BackoffMax != time.Minute {
		t.Errorf("backoff 1m has the longest wait %v", s.Restart.BackoffMax)
	}
}

func TestEnvironmentOfAPool(t *testing.T) {
	specs, err := fromText(t, map[string]string{
		"muster.yaml": "pools: {web: {command: x, env_file: [a.env, sub/b.env], env: {OWN: 1, C: \"${FROM_DOTENV}-${BOTH}\"}}}",
		"a.env":       "A=a\nB=a\nexport Q='single $A'\nR=\"$A!\"\n",
		"sub/b.env":   "B=b # comment\nC=b\n",
		".env":        "FROM_DOTENV=dotenv\nBOTH=dotenv\n",
	}, Options{Environ: []string{"BOTH=environment"}})
	if err != nil {
		t.Fatal(said(err))
	}
	want := []string{"A=a", "B=b", "C=dotenv-environment", "Q=single $A", "R=a!", "OWN=1"}
	if diff := cmp.Diff(want, specs[0].Env); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A file of variables that cannot be read is one fault, however often it is named.
func TestABadFileOfVariablesIsOneFault(t *testing.T) {
	const bad = "cannot read .env: line 2 is not KEY=VALUE: no line"
	for _, tt := range []struct {
		name, pools string
		want        []string // line:column what
	}{
		{"it is beside the file", "{command: x}", []string{"0:0 " + bad}},
		{"and is named", "{command: x, env_file: .env}", []string{"1:35 " + bad}},
		{"by another path", "{command: x, env_file: ./.env}", []string{"1:35 cannot read ./.env: line 2 is not KEY=VALUE: no line"}},
		{"twice", "{command: x, env_file: .env}, b: {command: x, env_file: .env}", []string{"1:35 " + bad}},
		{"with others", "{command: x, env_file: [none, .env]}, b: {command: x, env_file: none}", []string{
			"1:36 cannot read none: file does not exist", "1:42 " + bad, "1:76 cannot read none: file does not exist",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := fromText(t, map[string]string{"muster.yaml": "pools: {a: " + tt.pools + "}", ".env": "A=a\nno line\n"}, Options{})
			var told *Error
			if !errors.As(err, &told) {
				t.Fatalf("%v", err)
			}
			var got []string
			for _, f := range told.Faults {
				got = append(got, fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.What))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSubstitution(t *testing.T) {
	v := variables{environ: map[string]string{"A": "a", "EMPTY": "", "B2": "b"}, dotenv: map[string]string{"A": "dotenv", "D": "d"}}
	for _, c := range []struct{ in, shell, plain string }{
		{"", "", ""},
		{"$", "$", "$"},
		{"a$", "a$", "a$"},
		{"${A}x${D}", "axd", "axd"},
		{"$$A $${A} $$$$", "$A ${A} $$", "$A ${A} $$"},
		{"$A", "$A", "a"},
		{"$B2x", "$B2x", "!$B2x is not set; ${B2x:-} stands for nothing"},
		{"$1 $? $(x) $-", "$1 $? $(x) $-", "$1 $? $(x) $-"},
		{"${U:-x} ${U-y} ${EMPTY:-z} ${EMPTY-w}", "x y z ", "x y z "},
		{"${A:-x} ${A-x}", "a a", "a a"},
		{"${A:+x}${U:+x}${EMPTY:+x}${EMPTY+y}", "xy", "xy"},
		{"${U:-${V:-${A}}}", "a", "a"},
		{"${U:-{port\\}}", "{port\\}", "{port\\}"},
		{"${A:?m} ${U:?m ${A}}", "!${U:?m ${A}} is needed: m a", "!${U:?m ${A}} is needed: m a"},
		{"${EMPTY:?}", "!${EMPTY:?} is needed: EMPTY is not set", "!${EMPTY:?} is needed: EMPTY is not set"},
		{"${EMPTY?}", "", ""},
		{"${U}", "!${U} is not set; ${U:-} stands for nothing, $U is left to the shell", "!${U} is not set; ${U:-} stands for nothing"},
		{"${x%.*} ${#x} ${!x} ${a[@]} ${1}", "${x%.*} ${#x} ${!x} ${a[@]} ${1}", "!${x%.*} is no reference to a variable"},
		{"${U", "!${ is not closed; write $$ for a dollar sign", "!${ is not closed; write $$ for a dollar sign"},
		{"{slot} {port} {A}", "{slot} {port} {A}", "{slot} {port} {A}"},
		{"ü${A}ü", "üaü", "üaü"},
	} {
		for _, mode := range []struct {
			shell bool
			want  string
		}{{true, c.shell}, {false, c.plain}} {
			got, bad := v.substitute(c.in, mode.shell)
			if len(bad) > 0 {
				got = "!" + bad[0].text + " " + bad[0].why
			}
			if got != mode.want && (len(bad) == 0 || !strings.HasPrefix(got, mode.want)) {
				t.Errorf("%q for a shell %v: %q, want %q", c.in, mode.shell, got, mode.want)
			}
		}
	}
}

func TestWhichFileIsRead(t *testing.T) {
	yaml, procfile := "pools: {from-yaml: {command: x}}", "from-procfile: x"
	for _, c := range []struct {
		files map[string]string
		path  string
		want  string
	}{
		{map[string]string{"muster.yaml": yaml, "muster.yml": "", "Procfile": procfile}, "", "from-yaml"},
		{map[string]string{"muster.yml": yaml, "Procfile": procfile}, "", "from-yaml"},
		{map[string]string{"Procfile": procfile}, "", "from-procfile"},
		{map[string]string{"muster.yaml": yaml, "Procfile": procfile}, "Procfile", "from-procfile"},
		{map[string]string{"Procfile.yaml": yaml}, "Procfile.yaml", "from-yaml"},
		{map[string]string{"sub/Procfile.dev": procfile}, "/project/sub/Procfile.dev", "from-procfile"},
		{nil, "", "!cannot find the pools: there is no muster.yaml, muster.yml or Procfile in /project"},
		{nil, "x.yaml", "!cannot read x.yaml: file does not exist"},
	} {
		specs, err := fromText(t, c.files, Options{Path: c.path})
		got := ""
		if err != nil {
			got = "!" + err.Error()
		} else {
			got = specs[0].Name
		}
		if got != c.want {
			t.Errorf("%v, -f %q: %s, want %s", c.files, c.path, got, c.want)
		}
	}
	if _, err := fromText(t, nil, Options{}); !errors.Is(err, ErrNoFile) {
		t.Errorf("%v is not ErrNoFile", err)
	}
}

func TestPathsCountFromTheFile(t *testing.T) {
	specs, err := fromText(t, map[string]string{
		"sub/muster.yaml": "pools: {a: {command: x, env_file: e.env}, b: {command: x, cwd: ../other}, c: {command: x, cwd: /abs}}",
		"sub/e.env":       "E=1",
	}, Options{Path: "sub/muster.yaml"})
	if err != nil {
		t.Fatal(said(err))
	}
	if specs[0].Dir != "/project/sub" || specs[1].Dir != "/project/other" || specs[2].Dir != "/abs" || specs[0].Env[0] != "E=1" {
		t.Errorf("%+v", specs)
	}
	for _, pipe := range []string{"/dev/stdin", "/dev/fd/63"} {
		if dir := (Options{Dir: "/project"}).baseDir(pipe); dir != "/project" {
			t.Errorf("what comes by %s counts from %s", pipe, dir)
		}
	}
}

func TestProcfilePorts(t *testing.T) {
	text := "web: x\nworker: x\n"
	port := func(o Options, dotenv string) (ports []string) {
		files := map[string]string{"Procfile": text}
		if dotenv != "" {
			files[".env"] = dotenv
		}
		specs, err := fromText(t, files, o)
		if err != nil {
			t.Fatal(said(err))
		}
		for _, s := range specs {
			ports = append(ports, s.Env[len(s.Env)-1])
		}
		return ports
	}
	for _, c := range []struct {
		environ []string
		dotenv  string
		want    string
	}{
		{nil, "", "PORT={port} PORT={port}"},
		{nil, "PORT=3000", "PORT={slot+3000} PORT={slot+3100}"},
		{[]string{"PORT=8000"}, "PORT=3000", "PORT={slot+8000} PORT={slot+8100}"},
		{[]string{"PORT=65500"}, "", "PORT={slot+65500} PORT={port}"},
		{[]string{"PORT=tcp://10.0.0.1"}, "", "PORT={port} PORT={port}"},
	} {
		if got := strings.Join(port(Options{Environ: c.environ}, c.dotenv), " "); got != c.want {
			t.Errorf("environment %v, .env %q: %s, want %s", c.environ, c.dotenv, got, c.want)
		}
	}
}

func TestSizes(t *testing.T) {
	text := "web: x\nworker: x\ncron: x\n"
	for _, c := range []struct{ m, want string }{
		{"web=2", "web=2 worker=1 cron=1"},
		{"web=2, worker=3,", "web=2 worker=3 cron=1"},
		{"web=2,all=0", "web=2 worker=0 cron=0"},
		{"all=3", "web=3 worker=3 cron=3"},
		{"web=1,web=4", "web=4 worker=1 cron=1"},
		{"wbe=2", `!cannot run 2 of "wbe": there is no such pool; did you mean "web"? (Procfile)`},
		{"database=1", `!cannot run 1 of "database": there is no such pool; there are web, worker and cron (Procfile)`},
		{"web", `!cannot read "web": it is not POOL=N, as in web=2,worker=1`},
		{"web=two", `!cannot read "web=two": it is not POOL=N, as in web=2,worker=1`},
		{"=2", `!cannot read "=2": it is not POOL=N, as in web=2,worker=1`},
		{"web=-1", "!cannot run -1 of web: a pool has 0 to 10000 processes"},
		{"web=100000", "!cannot run 100000 of web: a pool has 0 to 10000 processes"},
	} {
		sizes, err := ParseSizes(c.m)
		var specs []procs.Spec
		if err == nil {
			specs, err = fromText(t, map[string]string{"Procfile": text}, Options{Sizes: sizes})
		}
		var got []string
		for _, s := range specs {
			got = append(got, s.Name+"="+string(rune('0'+s.Size)))
		}
		if err != nil {
			got = []string{"!" + err.Error()}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("-m %s: %s, want %s", c.m, strings.Join(got, " "), c.want)
		}
	}
}

func TestSelection(t *testing.T) {
	text := `pools:
  web: {command: x, depends_on: {api: ready}}
  api: {command: x, depends_on: [db]}
  db: {command: x}
  worker: {command: x, depends_on: [db]}
  tools: {command: x, disabled: true, depends_on: [toolbox]}
  toolbox: {command: x, disabled: true}
`
	for _, c := range []struct{ pools, want string }{
		{"", "web api db worker tools- toolbox-"},
		{"web", "web api db"},
		{"db", "db"},
		{"w*", "web api db worker"},
		{"tools", "tools toolbox"},
		{"api worker", "api db worker"},
		{"wrker", `!cannot start "wrker": there is no such pool; did you mean "worker"? (muster.yaml)`},
		{"[", `!cannot start "[": it is no pattern (muster.yaml)`},
	} {
		specs, err := fromText(t, map[string]string{"muster.yaml": text}, Options{Select: strings.Fields(c.pools)})
		var got []string
		for _, s := range specs {
			name := s.Name
			if s.Disabled {
				name += "-"
			}
			got = append(got, name)
		}
		if err != nil {
			got = []string{"!" + err.Error()}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("muster up %s: %s, want %s", c.pools, strings.Join(got, " "), c.want)
		}
	}
}

func TestFilesOnDiskAreBounded(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "muster.yaml")
	if err := os.WriteFile(name, []byte("pools: {a: {command: x}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, 100<<20); err != nil { // it has holes: nothing is written
		t.Fatal(err)
	}
	_, err := Load(Options{Dir: dir})
	if err == nil || err.Error() != "cannot read muster.yaml: it is larger than 1024 KiB" {
		t.Errorf("a file of 100 MB: %v", err)
	}
	if _, err = Load(Options{Dir: dir, Path: "."}); err == nil || err.Error() != "cannot read .: it is a directory" {
		t.Errorf("a directory: %v", err)
	}
	big := "x: [" + strings.Repeat("a, ", maxTokens) + "]\n"
	if _, err = fromText(t, map[string]string{"muster.yaml": big}, Options{}); err == nil || !strings.Contains(err.Error(), "it is too much to be a configuration") {
		t.Errorf("a file of very many words: %v", err)
	}
}

func TestAnErrorIsOneLine(t *testing.T) {
	_, err := fromText(t, map[string]string{"muster.yaml": "pools:\n  web: {comand: x}\n  api: {command: x, replica: 2}\n"}, Options{})
	want := `cannot read muster.yaml:2:9: unknown key "comand"; did you mean "command"? (and 1 more)`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	var many strings.Builder
	many.WriteString("pools:\n  web:\n    command: x\n")
	for i := range 100 {
		many.WriteString("    key" + strings.Repeat("x", i) + ": 1\n")
	}
	_, err = fromText(t, map[string]string{"muster.yaml": many.String()}, Options{})
	if text := said(err); !strings.HasPrefix(text, "muster: cannot read muster.yaml: 100 errors\n") || !strings.HasSuffix(text, "\nand 50 more\n") {
		t.Errorf("a hundred faults are told so:\n%s", text)
	}
}

// TestLargeFilesAreReadQuickly guards against a cost that grows with the square
// of the number of pools.
func TestFiveHundredPools(t *testing.T) {
	var b strings.Builder
	b.WriteString("x-base: &base {restart: on-failure, env: {A: b, C: d}, stop: {grace: 3s}}\npools:\n")
	for i := range 500 {
		b.WriteString("  p" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26) + ": {<<: *base, command: sleep 1000, replicas: 2}\n")
	}
	specs, err := fromText(t, map[string]string{"muster.yaml": b.String()}, Options{})
	if err != nil {
		t.Fatal(said(err))
	}
	if len(specs) != 500 || specs[499].Restart.When != procs.RestartOnFailure {
		t.Errorf("%d pools", len(specs))
	}
}
