package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/internal/corpus"
)

// exampleCommand finds the commands of the examples in the two READMEs.
var exampleCommand = regexp.MustCompile(`(?m)^(python3 examples/\S+)(?:  |$)`)

func exampleCommands(t *testing.T, page string) (commands []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range exampleCommand.FindAllSubmatch(text, -1) {
		commands = append(commands, string(found[1]))
	}
	return commands
}

// TestExamples runs the commands of the examples as the README has them, each in a copy of its own, and
// looks at what they have made.
func TestExamples(t *testing.T) {
	checks := map[string]func(*example){
		"python3 examples/images.py": (*example).images, "python3 examples/urls.py": (*example).urls, "python3 examples/log.py": (*example).log,
	}
	commands := exampleCommands(t, "../../README.md")
	if theirs := exampleCommands(t, "../../examples/README.md"); len(commands) != len(checks) || strings.Join(theirs, "\n") != strings.Join(commands, "\n") {
		t.Errorf("README.md has the examples %q, examples/README.md %q", commands, theirs)
	}
	for _, command := range commands {
		t.Run(command, func(t *testing.T) {
			t.Parallel() // they wait as much as they work
			check := checks[command]
			if check == nil {
				t.Fatal("no test knows what it does")
			}
			e := layOutExample(t)
			out, err := e.command(command).CombinedOutput()
			if err != nil {
				t.Fatalf("%v, it printed %s", err, out)
			}
			e.printed = string(out)
			e.speedUp()
			check(e)
		})
	}
}

// example is a copy of examples/ in which a test runs one of them.
type example struct {
	t       *testing.T
	dir     string
	printed string
}

// layOutExample copies the examples. The python3 on their PATH is one that has Pillow.
func layOutExample(t *testing.T) *example {
	t.Helper()
	e := &example{t: t, dir: t.TempDir()}
	putMuster(t, filepath.Join(e.dir, "bin"))
	e.write("bin/python3", "#!/bin/sh\nexec '"+pythonWithPillow(t)+"' \"$@\"\n")
	sources, err := filepath.Glob("../../examples/*.py")
	if err != nil || len(sources) == 0 {
		t.Fatalf("the examples are not there: %v", err)
	}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		e.write(filepath.Join("examples", filepath.Base(source)), string(text))
	}
	return e
}

func (e *example) write(name, text string) {
	e.t.Helper()
	path := filepath.Join(e.dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o700)
	}
	if err != nil {
		e.t.Fatal(err)
	}
}

func pythonWithPillow(t *testing.T) string {
	t.Helper()
	for _, python := range corpus.Pythons() {
		if exec.Command(python.Path, "-c", "import PIL").Run() == nil {
			return python.Path
		}
	}
	t.Skip("no Python here has Pillow (python3-pil of Debian and Ubuntu)")
	return ""
}

// command is a shell's in the copy, in a process group of its own.
func (e *example) command(line string) *exec.Cmd {
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.Dir = e.dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(e.dir, "bin")+":"+os.Getenv("PATH"), "SHELL=/bin/sh", "TMPDIR="+e.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// prints finds what the example has printed.
func (e *example) prints(pattern string) []string {
	e.t.Helper()
	found := regexp.MustCompile("(?m)" + pattern).FindStringSubmatch(e.printed)
	if found == nil {
		e.t.Fatalf("%q is not in what it printed: %s", pattern, e.printed)
	}
	return found
}

func (e *example) number(text string) float64 {
	e.t.Helper()
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		e.t.Fatal(err)
	}
	return f
}

// speedUp finds the gain over one worker, which follows from the two times beside it.
func (e *example) speedUp() {
	e.t.Helper()
	found := e.prints(`^speed-up: (\d+\.\d\d) times with (\d+) workers on \d+ processors \((\d+\.\d\d) s with one worker, (\d+\.\d\d) s with (\d+)\)$`)
	times, alone, together := e.number(found[1]), e.number(found[3]), e.number(found[4])
	if found[2] != found[5] || e.number(found[2]) < 2 || times < (alone-0.005)/(together+0.005)-0.01 || times > (alone+0.005)/(together-0.005)+0.01 {
		e.t.Errorf("%s: it does not fit together", found[0])
	}
}

// results reads what a map of the example kept, all of which went well.
func (e *example) results(name string) (all []exampleResult) {
	e.t.Helper()
	b, err := os.ReadFile(filepath.Join(e.dir, "examples/out", name))
	if err != nil {
		e.t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		var r exampleResult
		if err := json.Unmarshal(line, &r); err != nil || !r.OK {
			e.t.Errorf("%s holds %s: %v", name, line, err)
		}
		all = append(all, r)
	}
	return all
}

type exampleResult struct {
	OK           bool
	Item, Stdout string
	Tries        int
	Result       map[string]json.RawMessage
}

// images: each picture is there in each size, and as large as is said.
func (e *example) images() {
	const pictures = 12
	workers := e.prints(`times with (\d+) workers`)[1]
	results := e.results("images/resize-" + workers + ".jsonl")
	if len(results) != pictures {
		e.t.Errorf("%d results", len(results))
	}
	for _, r := range results {
		for width, bytes := range r.Result {
			name := filepath.Join(e.dir, "examples/out/images", width, filepath.Base(r.Item))
			b, err := os.ReadFile(name)
			if err != nil || string(bytes) != strconv.Itoa(len(b)) {
				e.t.Errorf("%s has %d bytes, want %s: %v", name, len(b), bytes, err)
			}
		}
	}
	for width, height := range map[int]int{1600: 1200, 800: 600, 400: 300, 160: 120} {
		under := strings.Replace(strconv.Itoa(width), "1600", "originals", 1)
		files, err := filepath.Glob(filepath.Join(e.dir, "examples/out/images", under, "*.jpg"))
		if err != nil || len(files) != pictures {
			e.t.Errorf("%d pictures of width %d, %v", len(files), width, err)
		}
		for _, name := range files {
			f, err := os.Open(name)
			if err != nil {
				e.t.Fatal(err)
			}
			c, err := jpeg.DecodeConfig(f)
			_ = f.Close()
			if err != nil || c.Width != width || c.Height != height {
				e.t.Errorf("%s is %d x %d: %v", name, c.Width, c.Height, err)
			}
		}
	}
}

// urls: each page has been fetched, the one of a busy server at the second try, and the server itself has
// seen several requests at once.
func (e *example) urls() {
	const pages = 32
	for _, workers := range []string{"1", "16"} {
		results := e.results("urls/pages-" + workers + ".jsonl")
		seen := map[string]bool{}
		for _, r := range results {
			path := r.Item[strings.LastIndex(r.Item, "/page/"):]
			seen[path] = true
			tries := 1
			if path == "/page/13" {
				tries = 2
			}
			if r.Stdout != "<h1>This is "+path+"</h1>\n" || r.Tries != tries {
				e.t.Errorf("%s: %q after %d tries", r.Item, r.Stdout, r.Tries)
			}
		}
		if len(results) != pages || len(seen) != pages {
			e.t.Errorf("%s workers fetched %d pages, %d different ones", workers, len(results), len(seen))
		}
	}
	atOnce := func(workers string) float64 {
		return e.number(e.prints(`muster map -j ` + workers + ` .*\n +the server saw (\d+) at once, at the most$`)[1])
	}
	if one, many := atOnce("1"), atOnce("16"); one != 1 || many <= 1 || many > 16 {
		e.t.Errorf("the server saw %v requests at once of one worker, %v of 16", one, many)
	}
}

var logLine = regexp.MustCompile(`(?m)^\S+ - - \[26/Nov/2026:(12:\d\d):\d\d .*" (\d)\d\d \d+$`)

// minutes counts a log's lines and errors, of each minute.
func (e *example) minutes(name string) map[string][2]int {
	e.t.Helper()
	b, err := os.ReadFile(filepath.Join(e.dir, "examples/out/log", name))
	if err != nil {
		e.t.Fatal(err)
	}
	minutes := map[string][2]int{}
	for _, found := range logLine.FindAllSubmatch(b, -1) {
		n := minutes[string(found[1])]
		n[0]++
		if string(found[2]) == "5" {
			n[1]++
		}
		minutes[string(found[1])] = n
	}
	return minutes
}

// log: the rates of the growing log and the counts of the old one are what a count here comes to.
func (e *example) log() {
	live := e.minutes("access.log")
	for minute, n := range live {
		row := fmt.Sprintf("%s  %7d  %6.1f%%", minute, n[0], 100*float64(n[1])/float64(n[0]))
		if 10*n[1] > n[0] {
			row += "   <- more than 10%"
		}
		e.prints("^" + regexp.QuoteMeta(row) + "$")
	}
	if len(live) != 6 {
		e.t.Errorf("it wrote %d minutes", len(live))
	}
	e.prints(`^the program that wrote the log ended, so tail did, and muster with exit code 0: 1800 lines, and 1 that are none$`)
	want := e.minutes("old.log")
	for _, workers := range []string{"1", e.prints(`times with (\d+) workers`)[1]} {
		got := map[string][2]int{}
		for _, r := range e.results("log/pieces-" + workers + ".jsonl") {
			for minute, raw := range r.Result {
				var n [2]int
				if err := json.Unmarshal(raw, &n); err != nil {
					e.t.Errorf("%s: %v", raw, err)
				}
				got[minute] = [2]int{got[minute][0] + n[0], got[minute][1] + n[1]}
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || len(want) != 60 {
			e.t.Errorf("%s workers counted %v, want %v", workers, got, want)
		}
	}
}

// Ctrl-C ends the log's example while it waits for more: muster says so, and nobody is left.
func TestExampleIsInterrupted(t *testing.T) {
	e := layOutExample(t)
	cmd := e.command("exec python3 examples/log.py")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		e.printed += lines.Text() + "\n"
		if strings.HasPrefix(lines.Text(), "12:00 ") {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) // it fails if all have ended
		}
	}
	_ = cmd.Wait()
	e.prints(`^interrupted; muster ended with exit code 130$`)
	if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(said.String(), "muster: stopped by SIGINT: ") || strings.Contains(said.String(), "Traceback") {
		t.Errorf("code %d, it said %s", code, said.String())
	}
	waitFor(t, "its processes to end", time.Minute, func() bool { return syscall.Kill(-cmd.Process.Pid, 0) == syscall.ESRCH })
}

// Without Pillow the example of pictures says what is missing and how to get it, in one line.
func TestExampleWithoutPillow(t *testing.T) {
	e := layOutExample(t)
	e.write("none/PIL.py", "raise ImportError\n")
	out, err := e.command("PYTHONPATH=none python3 examples/images.py").CombinedOutput()
	want := regexp.MustCompile(`^images\.py: Pillow is not installed: /\S+ -m pip install pillow, or .*apt install python3-pil.*\n$`)
	if !want.Match(out) || err == nil || err.Error() != "exit status 2" {
		t.Errorf("%v, it printed %s", err, out)
	}
}
