package cli

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/ui/draw"
)

// The size of a terminal in which muster's pane has the size of the other terminal.
const (
	paneCols, paneRows = 100, 20
	paneTop            = 2 // the header and the pane's title
	aroundPane         = 4 // those, the status line and the hints
)

// beside runs a program in a plain tmux, of the size of the pane.
func beside(t *testing.T, argv ...string) *tmuxed {
	t.Helper()
	m := &tmuxed{t, t.TempDir() + "/tmux"}
	m.tmux(append([]string{"new-session", "-d", "-x", strconv.Itoa(paneCols), "-y", strconv.Itoa(paneRows), "env", "TERM=xterm-256color"}, argv...)...)
	t.Cleanup(func() { m.tmux("kill-server") })
	return m
}

// rendered is what a terminal shows from a line on, with its colours, and where the cursor is.
func (m *tmuxed) rendered(top, rows int) string {
	m.t.Helper()
	from, to := strconv.Itoa(top), strconv.Itoa(top+rows-1)
	out := m.tmux("capture-pane", "-p", "-e", "-S", from, "-E", to, ";", "display-message", "-p", "#{cursor_x} #{cursor_y} #{cursor_flag}")
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	at := strings.Fields(lines[len(lines)-1])
	lines = unified(lines[:len(lines)-1])
	y, _ := strconv.Atoi(at[1])
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + fmt.Sprintf("\n[cursor %s,%d shown %s]", at[0], y-top, at[2])
}

// unified writes lines of which each begins in the style that the one before has
// ended in so that what looks the same is the same: what cannot be seen of a
// style, as the colour of a blank, is left out.
func unified(lines []string) []string {
	var now draw.Pen
	for i, line := range lines {
		var b strings.Builder
		var written draw.Pen
		for line != "" {
			seq, _, n, _ := ansi.DecodeSequence(line, ansi.NormalState, nil)
			line = line[n:]
			if params, ok := strings.CutPrefix(seq, "\x1b["); ok {
				now.Apply([]byte(strings.TrimSuffix(params, "m")))
				continue
			}
			seen := now
			if seq == " " && now.Uncoloured() == (draw.Pen{}) {
				seen = now.Blank()
			}
			if seen != written {
				b.WriteString("\x1b[m")
				if seen != (draw.Pen{}) {
					seen.Start(&b)
				}
				written = seen
			}
			b.WriteString(seq)
		}
		if written != (draw.Pen{}) {
			b.WriteString("\x1b[m")
		}
		lines[i] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

// agree waits until the pane shows exactly what the other terminal does, and that shows a text.
func agree(t *testing.T, pane, other *tmuxed, what string) {
	t.Helper()
	var got, want string
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); {
		got, want = pane.rendered(paneTop, paneRows), other.rendered(0, paneRows)
		if got == want && strings.Contains(want, what) {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Fatalf("waited for %q in both; the pane shows\n%s\ntmux shows\n%s", what, got, want)
}

// both presses the same keys in the pane and in the other terminal. A step is
// the keys, then what is to be seen.
func both(t *testing.T, pane, other *tmuxed, steps ...[]string) {
	t.Helper()
	for _, step := range steps {
		keys, what := step[:len(step)-1], step[len(step)-1]
		pane.keys(keys...)
		other.keys(keys...)
		agree(t, pane, other, what)
	}
}

// keys is press, and types what begins with "text:".
func (m *tmuxed) keys(keys ...string) {
	m.t.Helper()
	var send []string
	for _, k := range keys {
		if text, ok := strings.CutPrefix(k, "text:"); ok {
			send = append(send, "send-keys", "-l", text, ";")
		} else {
			send = append(send, "send-keys", k, ";")
		}
	}
	if len(send) > 0 {
		m.tmux(send...)
	}
}

// In the pane pdb, the Python prompt, a pager and a question with the echo off
// look exactly as they do in tmux, key by key.
func TestThePaneShowsWhatTmuxShows(t *testing.T) {
	for _, name := range []string{"tmux", "python3", "less"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip("this test needs " + name)
		}
	}
	dir := t.TempDir()
	prog := dir + "/prog.py"
	const source = "def total(items):\n    sum = 0\n    for x in items:\n        sum += x\n    return sum\n\nprint('\\033[1;32mtotal\\033[0m', total([1, 2, 3]))\n"
	if err := os.WriteFile(prog, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	long := dir + "/long.txt"
	var text strings.Builder
	for i := range 200 {
		fmt.Fprintf(&text, "line %d \x1b[3%dmcoloured\x1b[0m\n", i, 1+i%7)
	}
	if err := os.WriteFile(long, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		argv  []string
		begin string
		whole string // what is seen once the program has drawn its screen in the size of the pane
		steps [][]string
		end   []string // in the pane only: the other terminal goes with its program
		last  string   // what it shows then
	}{
		{"the Python prompt", []string{"python3", "-q"}, ">>>", ">>>", [][]string{
			{">>>"},
			{"text:1+1", "Enter", "2\n>>>\n[cursor"},
			{"text:print('\\033[31mred\\033[0m', 'wörld 世界')", "Left", "Left", "Home", "C-e", "Enter", "wörld 世界\n>>>\n[cursor"},
			{"Up", "C-a", "text:x = ", "C-k", "C-y", "M-b", "BSpace", `x = print('\033[31mred\033[0m', 'wörld世界')`},
			{"C-e", "C-u", "\n>>>\n[cursor 4,4"},
			{"C-c", "KeyboardInterrupt\n>>>\n[cursor"}, // on an empty line: readline may have put off redrawing it
			{"text:for i in range(30): print(i, '\\033[44mx\\033[K\\033[0m')", "Enter", "Enter", "\n>>>\n[cursor 4,19"},
			{"text:exi", "C-d", ">>> exi\n"},
		}, []string{"text:t()", "Enter"}, ">>> exit()\n"},
		{"pdb", []string{"python3", "-m", "pdb", prog}, "(Pdb)", "(Pdb)", [][]string{
			{"(Pdb)"},
			{"text:b 4", "Enter", "prog.py:4\n(Pdb)\n[cursor"},
			{"text:c", "Enter", "-> sum += x\n(Pdb)\n[cursor"},
			{"text:p x, sum", "Enter", "(1, 0)\n(Pdb)\n[cursor"},
			{"text:where", "Enter", "-> sum += x\n(Pdb)\n[cursor"},
			{"Up", "Up", "Enter", "(1, 0)\n(Pdb)\n[cursor"},
			{"text:cl 1", "Enter", "Deleted breakpoint 1 at " + prog + ":4\n(Pdb)\n[cursor"},
			{"text:r", "Enter", "-> return sum\n(Pdb)\n[cursor"},
			{"text:c", "Enter", "-> def total(items):\n(Pdb)\n[cursor"},
		}, []string{"text:q", "Enter"}, "(Pdb) q\n"},
		{"a pager", []string{"less", "-R", long}, "coloured", "line 18", [][]string{ // its prompt is another one once the size has changed
			{"Down", "Down", "NPage", "line 21"},
			{"text:/line 15", "Enter", "160"},
			{"text:G", "line 199"},
			{"text:g", "line 0"},
		}, []string{"text:q"}, ""},
		{"a password", []string{"python3", "-c", "import getpass; print(len(getpass.getpass()))"}, "Password:", "Password:", [][]string{
			{"text:secret", "Password:\n[cursor 10,0"},
		}, []string{"Enter"}, "Password:\n6\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"run", "--output", "pty", "--no-agent", "--name", "p", "--"}, tt.argv...)
			pane, other := inTmux(t, paneCols, paneRows+aroundPane, args...), beside(t, tt.argv...)
			other.see(tt.begin)
			pane.see(tt.begin) // on screen 1: the program waits already
			pane.press("i")
			pane.see("what you type goes to its terminal")
			pane.see(tt.whole)
			both(t, pane, other, tt.steps...)
			pane.keys(tt.end...)
			pane.see("has ended: exit 0")
			if screen := pane.tmux("capture-pane", "-p"); !strings.Contains(screen, tt.last) || strings.Contains(screen, "secret") {
				t.Errorf("at the end it shows\n%s", screen)
			}
			pane.press("C-]", "q")
			pane.see("[code 0]")
		})
	}
}

// A screen that is attached to a session in the background types as well: the
// session started the program with nobody there, on a terminal of its own.
func TestThePaneOfAnAttachedScreen(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("this test needs python3")
	}
	const script = `"$0" run -d --session s --output pty --no-agent --name p -- python3 -q && "$0" attach s; echo "[code $?]"; sleep 100`
	pane := inTmuxShell(t, paneCols, paneRows+aroundPane, script)
	pane.see(">>>")
	pane.keys("text:i")
	pane.see("what you type goes to its terminal")
	pane.keys("text:import os; tuple(os.get_terminal_size())", "Enter")
	pane.see("(100, 20)")
	pane.tmux("resize-window", "-x", "90", "-y", "30")
	pane.keys("text:while os.get_terminal_size()[0] != 90: pass", "Enter", "Enter")
	pane.keys("text:6*7, tuple(os.get_terminal_size())", "Enter")
	pane.see("(42, (90, 26))")
	pane.keys("C-]", "text:qs")
	pane.see("[code 0]")
}

// The demo has a program that asks, for those who have none at hand: for a name, for commands,
// for a password that nobody sees, and for the whole screen.
func TestTheDemoThatAsks(t *testing.T) {
	pane := inTmux(t, paneCols, paneRows+aroundPane, "demo", "prompt", "--no-tour")
	pane.see("What is your name?")
	pane.press("i")
	pane.see("what you type goes to its terminal")
	for _, step := range [][]string{
		{"text:bob", "Enter", "Hello, bob. help says what I understand.\n>"},
		{"text:help", "Enter", "add 2 3    adds numbers"},
		{"text:add 2 40.5", "Enter", "\n42.5\n>"},
		{"text:dance", "Enter", `I do not know "dance"`},
		{"C-c", "quit ends me, and so does Ctrl-D\n>"},
		{"text:password", "Enter", "\nPassword:\n"},
		{"text:hush!", "Enter", "It has 5 letters, and nobody has seen them"},
		{"text:read", "Enter", "A SHORT TEXT"},
		{"text: ", "Scripts type as well"},
		{"text:G", "THE END\n a short text  100%"},
		{"Up", "text:g", "A SHORT TEXT"},
	} {
		pane.keys(step[:len(step)-1]...)
		pane.see(step[len(step)-1])
	}
	pane.tmux("resize-window", "-x", "60", "-y", "12")
	pane.see("a short text  21%") // drawn anew in the new size
	pane.keys("text:q")
	pane.see("It has 5 letters")
	if screen := pane.tmux("capture-pane", "-p"); strings.Contains(screen, "hush") || strings.Contains(screen, "SHORT TEXT") {
		t.Errorf("behind the password and the pager it shows\n%s", screen)
	}
	pane.keys("text:quit", "Enter")
	pane.see("has ended: exit 0")
	pane.press("C-]", "q")
	pane.see("[code 0]")
}
