package task

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task/plan"
)

// Python is work that a Python function does, in workers that are kept.
type Python struct {
	Guard *spawn.Guard
	// Function is "module:function" or "file.py:function"; Initializer likewise, or
	// "": it is called once in each process, before the first item.
	Function, Initializer string
	// Star calls the function with the parts of an item as its arguments.
	Star bool
	// JSON says that items are JSON; else they are text.
	JSON bool
	// StartMethod says where processes come from: "spawn" starts each anew, "fork"
	// forks it from one that has imported the function, "forkserver" from one that
	// has not. They differ where MaxTasks replaces processes.
	StartMethod string
	MaxTasks    int
	// MaxResult bounds a result, in bytes of JSON.
	MaxResult int
	// Interpreter is the Python; "" is python3.
	Interpreter string
	Environ     []string
	Dir         string
	Grace       time.Duration
	// Printed takes lines that functions print.
	Printed func(worker int, line []byte)

	found atomic.Pointer[string] // the interpreter's own name for itself
}

// DefaultMaxResult is how large a result may be.
const DefaultMaxResult = 64 << 20

func (py *Python) perItem() (is, ahead bool) { return false, false }

//go:embed python/worker.py
var pythonWorker string

// pythonLoader has the interpreter run what descriptor 3 holds: the counters, the
// worker, a NUL, its configuration. While the worker imports what it needs, the user's
// directories, and what was imported from them already, are left out: a json.py there
// is not for it.
const pythonLoader = `import os,sys
p,b,h=sys.path[:],dict(sys.modules),os.path
u=set(map(h.abspath,[""]+os.environ.get("PYTHONPATH","").split(os.pathsep)))-{h.dirname(os.__file__)}
def f(m):
    d=h.dirname(h.abspath(getattr(m,"__file__",None) or os.__file__))
    return d in u or hasattr(m,"__path__") and h.dirname(d) in u
t={n:m for n,m in b.items() if f(m)}
for n in t:del sys.modules[n]
sys.path[:]=[d for d in p if h.abspath(d) not in u]
import mmap,json
m=mmap.mmap(3,0)
os.close(3)
s,c=m[64:].split(b"\0",1)
g={"__name__":"muster_worker"}
exec(compile(s,"<muster worker>","exec"),g)
sys.path[:]=p
sys.modules.update(t)
g["main"](json.loads(c.decode()),m,set(sys.modules)-set(b),t)`

func (py *Python) crew(post func(event)) (crew, error) {
	if py.MaxResult <= 0 {
		py.MaxResult = DefaultMaxResult
	}
	if py.StartMethod == "" {
		py.StartMethod = "spawn"
	}
	if py.Interpreter == "" {
		py.Interpreter = "python3"
	}
	if _, err := spawn.LookUp(spawn.Command{Argv: []string{py.Interpreter}, Env: py.Environ, Dir: py.Dir}); err != nil {
		return nil, fmt.Errorf("cannot start Python: %w", err)
	}
	return &pipeCrew{
		guard: py.Guard, protocol: (*pythonProtocol)(py), post: post, grace: py.Grace, command: py.command,
		printed: py.Printed, rises: true, chunks: true, workers: map[int]*pipeWorker{},
	}, nil
}

// Recycles reports whether the worker itself replaces its processes.
func (py *Python) Recycles() bool { return py.StartMethod == "fork" || py.StartMethod == "forkserver" }

func (py *Python) command(w *pipeWorker) (spawn.Command, error) {
	config, err := json.Marshal(map[string]any{
		"function": py.Function, "initializer": py.Initializer, "star": py.Star, "json": py.JSON, "start_method": py.StartMethod,
		"max_tasks": py.MaxTasks, "max_result": py.MaxResult,
	})
	if err != nil {
		return spawn.Command{}, err
	}
	f, err := memFile()
	if err != nil {
		return spawn.Command{}, fmt.Errorf("cannot start a worker: %w", err)
	}
	_, err = f.Write(bytes.Join([][]byte{make([]byte, countersSize), []byte(pythonWorker + "\x00"), config}, nil))
	if err == nil {
		w.state, err = newCounters(f)
	}
	if err != nil {
		_ = f.Close() // it is of no use
		return spawn.Command{}, fmt.Errorf("cannot start a worker: %w", err)
	}
	interpreter := py.Interpreter
	if found := py.found.Load(); found != nil {
		interpreter = *found // and not the shim of a version manager, which takes 90 ms
	}
	return spawn.Command{
		Argv: []string{interpreter, "-c", pythonLoader}, Env: py.Environ, Dir: py.Dir, Extra: []*os.File{f}, Brief: true,
	}, nil
}

// pythonProtocol is what worker.py speaks. A chunk is its length (4 bytes, little
// endian) and a JSON array of items. An answer is its length, a letter and:
//
//	Y  JSON: it is ready
//	R  a count (4 bytes), so many times that items took (float32 seconds), and a JSON
//	   array of their results; items are answered in the order in which they came
//	E  a time, and JSON: the exception of one item
//	F  JSON: no item can be worked on
type pythonProtocol Python

func (py *pythonProtocol) encode(b []byte, tasks []*Task) []byte {
	at := len(b)
	b = append(b, 0, 0, 0, 0, '[')
	for i, t := range tasks {
		if i > 0 {
			b = append(b, ',')
		}
		b = py.appendItem(b, t.Item)
	}
	b = append(b, ']')
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}

// appendItem appends an item as JSON. Items of several parts are arrays.
func (py *pythonProtocol) appendItem(b []byte, it *Item) []byte {
	appendOne := func(b []byte, s string) []byte {
		if py.JSON {
			return append(b, s...)
		}
		return appendJSONString(b, s, true)
	}
	if it.Args == nil {
		return appendOne(b, it.Text)
	}
	b = append(b, '[')
	for i, arg := range it.Args {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendOne(b, arg)
	}
	return append(b, ']')
}

func (py *pythonProtocol) refuse(it *Item) string {
	if !py.JSON {
		return ""
	}
	for _, part := range it.Parts() {
		var v json.RawMessage
		if err := json.Unmarshal([]byte(part), &v); err != nil {
			return "the item is no JSON: " + err.Error()
		}
	}
	return ""
}

func (py *pythonProtocol) reader(w *pipeWorker) answerReader { return &pythonReader{py: py, w: w} }

type pythonReader struct {
	py *pythonProtocol
	w  *pipeWorker
}

// errNonsense is returned for what no worker of ours would say.
var errNonsense = errors.New("what it answered cannot be understood")

func (r *pythonReader) read(p []byte) (used int, err error) {
	for {
		rest := p[used:]
		if len(rest) < 4 {
			return used, nil
		}
		size := int(binary.LittleEndian.Uint32(rest))
		if size < 1 || size > r.py.MaxResult+1<<20 {
			return used, errNonsense
		}
		if len(rest)-4 < size {
			return used, nil
		}
		if err := r.frame(rest[4], rest[5:4+size]); err != nil {
			return used, err
		}
		used += 4 + size
	}
}

func (r *pythonReader) frame(kind byte, body []byte) error {
	switch kind {
	case 'Y':
		var ready struct {
			PID        int
			Executable string
		}
		if json.Unmarshal(body, &ready) != nil {
			return errNonsense
		}
		r.w.pid.Store(int64(ready.PID))
		if ready.Executable != "" {
			r.py.found.Store(&ready.Executable)
		}
		r.w.crew.post(event{kind: isReady, worker: r.w.number})
		return nil
	case 'R':
		return r.results(body)
	case 'E':
		if len(body) < 4 {
			return errNonsense
		}
		var e struct{ Type, Message, Traceback string }
		if json.Unmarshal(body[4:], &e) != nil {
			return errNonsense
		}
		t := r.w.next()
		if t == nil {
			return errNonsense
		}
		message := e.Type
		if e.Type == "not JSON" || e.Type == "too large" {
			message = e.Message
		} else if e.Message != "" {
			message += ": " + e.Message
		}
		t.Item.Out.Failure = &Failure{Kind: e.Type, Message: message, Traceback: e.Traceback}
		r.w.answer(t, plan.Failed, float32Seconds(body), len(e.Message)+len(e.Traceback))
		return nil
	case 'F':
		var f Fatal
		if json.Unmarshal(body, &f) != nil {
			return errNonsense
		}
		r.w.fatal = &f
		return nil
	}
	return errNonsense
}

// Fatal is why no item can be worked on: the function is not there, or what it
// needs cannot be imported, or the program does not speak the protocol. Traceback
// and Hint, which says what to do, are "" where there is none.
type Fatal struct{ Message, Traceback, Hint string }

func (f *Fatal) Error() string { return f.Message }

func (r *pythonReader) results(body []byte) error {
	if len(body) < 4 {
		return errNonsense
	}
	n := int(binary.LittleEndian.Uint32(body))
	if n < 1 || n > (len(body)-4)/5 { // each has its time and a character
		return errNonsense
	}
	times, array := body[4:4+4*n], body[4+4*n:]
	// One copy for all: they are written soon after each other.
	array = bytes.Clone(array)
	if len(array) < 2 || array[0] != '[' || !json.Valid(array) {
		return errNonsense
	}
	array = array[1:]
	for i := range n {
		size := jsonSize(array)
		if size <= 0 || size >= len(array) || i < n-1 && array[size] != ',' || i == n-1 && string(array[size:]) != "]" {
			return errNonsense
		}
		t := r.w.next()
		if t == nil {
			return errNonsense
		}
		t.Item.Out.Value, t.Item.Out.Failure = array[:size:size], nil
		r.w.answer(t, plan.OK, float32Seconds(times[4*i:]), size)
		array = array[size+1:]
	}
	return nil
}

func float32Seconds(b []byte) time.Duration {
	f := float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	if !(f > 0 && f < 1e9) {
		return 0
	}
	return time.Duration(f * 1e9)
}

// jsonSize is the size of the JSON value that p begins with, as far as its
// strings and brackets go; 0 if it does not end.
func jsonSize(p []byte) int {
	depth := 0
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '"':
			for i++; i < len(p) && p[i] != '"'; i++ {
				if p[i] == '\\' {
					i++
				}
			}
			if i >= len(p) {
				return 0
			}
		case '[', '{':
			depth++
			continue
		case ']', '}':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
	}
	return 0
}

const hexDigits = "0123456789abcdef"

// appendJSONString appends a string as JSON. Bytes that are no UTF-8 become what
// os.fsdecode of Python makes of them, if surrogates says so: \udc80 to \udcff,
// from which the bytes can be had again; else U+FFFD.
func appendJSONString(b []byte, s string, surrogates bool) []byte {
	b = append(b, '"')
	begin := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		b = append(b, s[begin:i]...)
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c < utf8.RuneSelf:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case surrogates:
			b = append(b, '\\', 'u', 'd', 'c', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, "\ufffd"...)
		}
		i++
		begin = i
	}
	return append(append(b, s[begin:]...), '"')
}

// CheckFunction says what is wrong with the name of a function.
func CheckFunction(name string) error {
	where, function, ok := strings.Cut(name, ":")
	if !ok || where == "" || function == "" {
		return fmt.Errorf("%q: it is not module:function or file.py:function", name)
	}
	return nil
}
