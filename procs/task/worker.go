package task

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/pattern"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task/plan"
)

// Persistent is work that a program does that is started once for many items,
// which it gets on its standard input and answers on its standard output. See
// docs/map.md for the two protocols.
type Persistent struct {
	Guard *spawn.Guard
	// Argv is the program. One word that is no file, and holds what a shell makes
	// something of, is run by Shell; "" is /bin/sh.
	Argv  []string
	Shell string
	// Bytes selects length-prefixed bytes; else JSON lines are spoken.
	Bytes bool
	// JSON says that items are JSON; else they are text.
	JSON      bool
	MaxResult int
	Environ   []string
	Dir       string
	Grace     time.Duration
	// Printed takes lines of standard error, and of standard output what is no answer.
	Printed func(worker int, line []byte)
}

func (p *Persistent) perItem() (is, ahead bool) { return false, false }

func (p *Persistent) crew(post func(event)) (crew, error) {
	if p.MaxResult <= 0 {
		p.MaxResult = DefaultMaxResult
	}
	argv := p.argv()
	path, err := spawn.LookUp(spawn.Command{Argv: argv, Env: p.Environ, Dir: p.Dir})
	if err != nil {
		return nil, fmt.Errorf("cannot start the worker: %w", err)
	}
	c := &pipeCrew{
		guard: p.Guard, protocol: (*jsonLines)(p), post: post, grace: p.Grace, printed: p.Printed, workers: map[int]*pipeWorker{}, unfit: p.unfit,
		command: func(w *pipeWorker) (spawn.Command, error) {
			env := append(append([]string(nil), p.Environ...), "MUSTER_SLOT="+strconv.Itoa(w.number))
			return spawn.Command{Argv: argv, Path: path, Env: env, Dir: p.Dir, Brief: true}, nil
		},
	}
	if p.Bytes {
		c.protocol = (*lengthPrefixed)(p)
	}
	return c, nil
}

// argv is what is started.
func (p *Persistent) argv() []string {
	if len(p.Argv) != 1 || !strings.ContainsAny(p.Argv[0], shellChars) {
		return p.Argv
	}
	file := p.Argv[0]
	if !filepath.IsAbs(file) {
		file = filepath.Join(p.Dir, file)
	}
	if _, err := os.Stat(file); err == nil { // a name with spaces
		return p.Argv
	}
	return []string{cmp.Or(p.Shell, "/bin/sh"), "-c", p.Argv[0]}
}

// jsonLines: {"id":1,"item":"text"} goes, {"id":1,"result":...} or
// {"id":1,"error":...} comes, each in a line.
type jsonLines Persistent

func (p *jsonLines) encode(b []byte, tasks []*Task) []byte {
	for _, t := range tasks {
		b = append(b, `{"id":`...)
		b = strconv.AppendUint(b, t.Item.Seq, 10)
		b = append(b, `,"item":`...)
		b = (&pythonProtocol{JSON: p.JSON}).appendItem(b, t.Item)
		b = append(b, "}\n"...)
	}
	return b
}

func (p *jsonLines) refuse(it *Item) string { return (&pythonProtocol{JSON: p.JSON}).refuse(it) }

func (p *jsonLines) reader(w *pipeWorker) answerReader { return &jsonLinesReader{p, w} }

type jsonLinesReader struct {
	p *jsonLines
	w *pipeWorker
}

func (r *jsonLinesReader) read(b []byte) (used int, err error) {
	for {
		end := bytes.IndexByte(b[used:], '\n')
		if end < 0 {
			if len(b)-used > r.p.MaxResult+1<<10 {
				return used, fmt.Errorf("it answered a line of more than %d bytes (--max-result)", r.p.MaxResult)
			}
			return used, nil
		}
		line := b[used : used+end]
		used += end + 1
		is, err := r.line(line)
		if err != nil {
			return used, err
		}
		if !is {
			r.w.crew.printed(r.w.number, line)
		}
	}
}

// line takes one line; it reports false if that is no answer, and an error for one
// that is none to what was asked: whoever waited for a better one would wait for ever.
func (r *jsonLinesReader) line(line []byte) (is bool, err error) {
	if len(line) == 0 || line[0] != '{' {
		return false, nil
	}
	var a struct {
		ID     json.RawMessage `json:"id"`
		Item   json.RawMessage `json:"item"`
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if json.Unmarshal(line, &a) != nil {
		if m := beginsAnswer().FindSubmatch(line); m != nil {
			if seq, err := strconv.ParseUint(string(m[1]), 10, 64); err == nil && r.w.has(seq) {
				return true, misfit("it answered with what is no JSON: ", line) // NaN of Python's json.dumps, say
			}
		}
		return false, nil
	}
	if a.ID == nil && a.Result == nil {
		return false, nil
	}
	seq, bad := strconv.ParseUint(string(a.ID), 10, 64)
	answers := a.Result != nil || a.Error != nil
	switch {
	case answers && a.ID == nil:
		return true, misfit("it answered without the id of an item: ", line)
	case answers && bad != nil:
		return true, misfit("it answered with an id that is no number of an item: ", line)
	case !answers && a.Item != nil:
		return true, misfit("it answered with the request, and no result: ", line)
	case !answers && bad == nil && r.w.has(seq):
		return true, misfit("it answered with neither result nor error: ", line)
	case !answers:
		return false, nil
	}
	t := r.w.take(seq)
	if t == nil {
		return false, nil
	}
	r.w.crew.proven.Store(true)
	if a.Error != nil && string(a.Error) != "null" {
		t.Item.Out.Failure = workerError(a.Error)
		r.w.answer(t, plan.Failed, -1, len(line))
		return true, nil
	}
	t.Item.Out.Value, t.Item.Out.Failure = a.Result, nil
	r.w.answer(t, plan.OK, -1, len(a.Result))
	return true, nil
}

// beginsAnswer matches what begins as an answer to an item does, whose number is its group.
var beginsAnswer = pattern.Later(`^\{\s*"id"\s*:\s*(\d+)\s*,\s*"(?:result|error)"\s*:`)

// misfitError says that what a worker answered is not what the protocol has.
type misfitError string

func (m misfitError) Error() string { return string(m) }

// maxMisfit is how much of such an answer is shown, in bytes.
const maxMisfit = 80

func misfit(what string, answer []byte) error {
	end := ""
	if len(answer) > maxMisfit {
		answer, end = answer[:maxMisfit], "..."
	}
	return misfitError(what + string(answer) + end)
}

// unfit is why no worker of that program can be of use.
func (p *Persistent) unfit(why misfitError) *Fatal {
	protocol := "json"
	if p.Bytes {
		protocol = "bytes"
	}
	return &Fatal{
		Message: "cannot use " + p.Argv[0] + " as a worker: " + string(why),
		Hint:    "what a worker reads and answers with --worker " + protocol + ` is in docs/map.md under "A program that stays"`,
	}
}

// workerError reads an error: text, or an object with "type", "message" and
// "traceback".
func workerError(raw json.RawMessage) *Failure {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return &Failure{Kind: "error", Message: text}
	}
	var e struct{ Type, Message, Traceback string }
	if json.Unmarshal(raw, &e) != nil || e.Type == "" && e.Message == "" {
		return &Failure{Kind: "error", Message: string(raw)}
	}
	f := &Failure{Kind: e.Type, Message: e.Type, Traceback: e.Traceback}
	switch {
	case e.Type == "":
		f.Kind, f.Message = "error", e.Message
	case e.Message != "":
		f.Message += ": " + e.Message
	}
	return f
}

// has reports whether a worker has been sent an item that it has not answered.
func (w *pipeWorker) has(seq uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.waiting, func(t *Task) bool { return t.Item.Seq == seq })
}

// take takes the task of a number out of those that are not answered.
func (w *pipeWorker) take(seq uint64) *Task {
	w.mu.Lock()
	for i, t := range w.waiting {
		if t.Item.Seq != seq {
			continue
		}
		if i == 0 {
			break
		}
		w.waiting, w.starts = append(w.waiting[:i], w.waiting[i+1:]...), append(w.starts[:i], w.starts[i+1:]...)
		w.answered++
		w.mu.Unlock()
		return t
	}
	first := len(w.waiting) > 0 && w.waiting[0].Item.Seq == seq
	w.mu.Unlock()
	if !first {
		return nil
	}
	return w.next()
}

// lengthPrefixed: an item is its length (4 bytes, big endian) and its bytes. An
// answer is its length, a byte that is 0 for a result and 1 for an error, and the
// result or a message. Items are answered in their order.
type lengthPrefixed Persistent

func (p *lengthPrefixed) encode(b []byte, tasks []*Task) []byte {
	for _, t := range tasks {
		at := len(b)
		b = append(b, 0, 0, 0, 0)
		if t.Item.Args == nil {
			b = append(b, t.Item.Text...)
		}
		for i, arg := range t.Item.Args {
			if i > 0 {
				b = append(b, '\t')
			}
			b = append(b, arg...)
		}
		binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	}
	return b
}

func (p *lengthPrefixed) refuse(*Item) string { return "" }

func (p *lengthPrefixed) reader(w *pipeWorker) answerReader { return &lengthPrefixedReader{p, w} }

type lengthPrefixedReader struct {
	p *lengthPrefixed
	w *pipeWorker
}

func (r *lengthPrefixedReader) read(b []byte) (used int, err error) {
	held := []byte(nil) // one copy of all that is whole
	for {
		rest := b[used:]
		if len(rest) < 4 {
			return used, nil
		}
		size := int(binary.BigEndian.Uint32(rest))
		if size < 1 || size > r.p.MaxResult+1 || len(rest) > 4 && rest[4] > 1 {
			return used, misfitError(fmt.Sprintf("what it answered cannot be understood: % x", rest[:min(len(rest), 8)]))
		}
		if len(rest)-4 < size {
			return used, nil
		}
		t := r.w.next()
		if t == nil {
			return used, misfitError("it answered more items than it was sent")
		}
		r.w.crew.proven.Store(true)
		if held == nil {
			held = bytes.Clone(b)
		}
		body := held[used+5 : used+4+size : used+4+size]
		used += 4 + size
		if rest[4] == 1 {
			t.Item.Out.Failure = &Failure{Kind: "error", Message: string(body)}
			r.w.answer(t, plan.Failed, -1, size)
			continue
		}
		t.Item.Out.Value, t.Item.Out.Failure = body, nil
		r.w.answer(t, plan.OK, -1, size)
	}
}
