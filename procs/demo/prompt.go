package demo

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// shapePrompt gives the program a terminal: without one there is nothing to type into.
func shapePrompt(s *procs.Spec) { s.Output = procs.OutputPTY }

// workPrompt asks for a name, and then for commands, until it is told to quit.
func workPrompt(w worker) {
	p := newPrompter(w)
	p.w.say("I am a program that asks. In muster, i types into me, and Ctrl-] leaves.")
	name, ok := p.ask("What is your name? ")
	for ok && strings.TrimSpace(name) == "" {
		name, ok = p.ask("What is your name? ")
	}
	if ok {
		p.w.say("Hello, %s. help says what I understand.", strings.TrimSpace(name))
	}
	for ok {
		var line string
		if line, ok = p.ask("> "); ok {
			ok = p.obey(strings.Fields(line))
		}
	}
	p.w.say("Goodbye.")
}

// prompter reads a terminal.
type prompter struct {
	w      worker
	typed  chan []byte // what came, as it came; closed at the end
	rest   []byte      // what has not been looked at
	breaks chan os.Signal
}

func newPrompter(w worker) *prompter {
	p := &prompter{w: w, typed: make(chan []byte), breaks: make(chan os.Signal, 1)}
	signal.Notify(p.breaks, os.Interrupt, syscall.SIGWINCH)
	go func() { // ends with the input; the program ends no later than it needs that
		defer close(p.typed)
		for {
			b := make([]byte, 256)
			n, err := os.Stdin.Read(b)
			if n > 0 {
				p.typed <- b[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	return p
}

// ask returns the line that is typed at a question; ok is false at the end of the input.
// Ctrl-C asks anew.
func (p *prompter) ask(question string) (line string, ok bool) {
	p.show(question)
	for {
		if before, after, whole := bytes.Cut(p.rest, []byte("\n")); whole {
			p.rest = after
			return string(bytes.TrimRight(before, "\r")), true
		}
		select {
		case b, more := <-p.typed:
			if !more {
				return "", false
			}
			p.rest = append(p.rest, b...)
		case sig := <-p.breaks:
			if sig == os.Interrupt {
				p.rest = nil
				p.show("\nquit ends me, and so does Ctrl-D\n" + question)
			}
		}
	}
}

func (p *prompter) show(text string) { _, _ = fmt.Fprint(p.w.out, text) }

const promptHelp = `  add 2 3    adds numbers
  password   asks for one, and does not show what is typed
  read       a text in a pager: j k Space b, q leaves it
  quit       ends me`

// obey carries out a command, and reports whether to go on.
func (p *prompter) obey(words []string) bool {
	if len(words) == 0 {
		return true
	}
	switch words[0] {
	case "help", "?":
		p.w.say(promptHelp)
	case "add":
		p.add(words[1:])
	case "password":
		return p.password()
	case "read":
		return p.read()
	case "quit", "exit":
		return false
	default:
		p.w.say("I do not know %q; help says what I understand.", words[0])
	}
	return true
}

func (p *prompter) add(words []string) {
	sum := 0.0
	for _, word := range words {
		n, err := strconv.ParseFloat(word, 64)
		if err != nil {
			p.w.say("%q is no number.", word)
			return
		}
		sum += n
	}
	p.w.say("%g", sum)
}

// password asks with the echo off, as getpass(3) does.
func (p *prompter) password() bool {
	restore := p.without(unix.ECHO)
	secret, ok := p.ask("Password: ")
	restore()
	if ok {
		p.w.say("\nIt has %d letters, and nobody has seen them: no screen, no log.", len([]rune(secret)))
	}
	return ok
}

// without turns modes of the terminal off, and returns what turns them on again. Where
// the input is no terminal, there are none.
func (p *prompter) without(modes localModes) (restore func()) {
	fd := int(os.Stdin.Fd())
	was, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return func() {}
	}
	now := *was
	now.Lflag &^= modes
	_ = unix.IoctlSetTermios(fd, setTermios, &now)
	return func() { _ = unix.IoctlSetTermios(fd, setTermios, was) }
}

// manual is what the pager shows.
var manual = strings.Split(`                      A SHORT TEXT

This is a pager: it took the whole screen, and gives
it back as it was. Programs such as less, vim and top
do the same, and each of them can be used here.

j and Down  a line down        Space  a page down
k and Up    a line up          b      a page up
q           leaves

All that you type goes to this program, Ctrl-C too.
The one key that muster keeps is Ctrl-], which leaves
the pane. The program goes on then, and waits: when
you come back it stands here as you have left it.

The terminal has the size of the pane. When that
changes, I am told, and draw myself anew.

A program needs a terminal of its own to be typed
into: muster run --output pty -- COMMAND gives it one.
Programs that are no Python programs have one anyway
where muster has a screen.

Scripts type as well, over the session's socket:
{"command": "type", "processes": ["prompt/0"],
 "text": "add 2 3\r"}

What is typed is in no log. What a program echoes is.
A password is not echoed: that is the program's doing,
and muster shows and keeps what the program sends.

                      THE END`, "\n")

// read shows a text page by page, on the alternate screen.
func (p *prompter) read() bool {
	defer p.without(unix.ICANON | unix.ECHO)()
	p.show("\x1b[?1049h\x1b[?25l")
	defer p.show("\x1b[?25h\x1b[?1049l")
	for top := 0; ; {
		rows := p.draw(top)
		last := max(0, len(manual)-rows)
		top = min(top, last)
		key, ok := p.key()
		switch key {
		case "j", "\x1b[B", "\x1bOB", "\r", "\n":
			top++
		case "k", "\x1b[A", "\x1bOA":
			top--
		case " ", "\x1b[6~", "f":
			top += rows
		case "b", "\x1b[5~":
			top -= rows
		case "g":
			top = 0
		case "G":
			top = last
		case "q", "\x03":
			return true
		}
		if !ok {
			return false
		}
		top = max(0, min(top, last))
	}
}

// draw draws the page from a line on, and returns how many lines of the text it has.
func (p *prompter) draw(top int) int {
	rows, cols := 24, 80
	if size, err := unix.IoctlGetWinsize(int(os.Stdout.Fd()), unix.TIOCGWINSZ); err == nil && size.Row > 0 {
		rows, cols = int(size.Row), int(size.Col)
	}
	page := max(1, rows-1)
	var b strings.Builder
	b.WriteString("\x1b[H")
	for y := range page {
		if i := top + y; i < len(manual) {
			b.WriteString(manual[i][:min(len(manual[i]), cols)])
		}
		b.WriteString("\x1b[K\r\n")
	}
	percent := min(100, 100*(top+page)/len(manual))
	status := fmt.Sprintf(" a short text  %d%%  q leaves ", percent)
	b.WriteString("\x1b[7m" + status[:min(len(status), max(1, cols-1))] + "\x1b[m\x1b[K")
	p.show(b.String())
	return page
}

// key returns one key that was pressed, or "" if the page is to be drawn anew; ok is false
// at the end of the input.
func (p *prompter) key() (key string, ok bool) {
	for len(p.rest) == 0 {
		select {
		case b, more := <-p.typed:
			if !more {
				return "", false
			}
			p.rest = b
		case sig := <-p.breaks:
			if sig == os.Interrupt {
				return "\x03", true
			}
			return "", true
		}
	}
	n := 1
	if p.rest[0] == 0x1b && len(p.rest) > 2 { // an arrow comes in one piece
		for n = 3; n < len(p.rest) && p.rest[n-1] < '@'; n++ {
			continue
		}
	}
	key, p.rest = string(p.rest[:n]), p.rest[n:]
	return key, true
}
