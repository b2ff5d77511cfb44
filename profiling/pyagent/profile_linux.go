package pyagent

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
)

// maxProfile bounds the bytes that a process may tell of its profile.
const maxProfile = 64 << 20

// listeners tells the sockets of one muster apart.
var listeners atomic.Int64

// selfProfile is a program that profiles itself, and the socket at which it tells
// of that.
type selfProfile struct {
	ref    procs.PIDRef
	dir    string
	name   string // of the socket, in dir
	listen *net.UnixListener
	served sync.WaitGroup
	told   chan []byte // when the program ends, or is asked to end it

	mu  sync.Mutex
	ask string // what the process is to be told when it comes
	say chan []byte
}

// Profile has a Python process profile itself, whatever muster its agent is of,
// until stop is called. The kinds are "deterministic", which counts and times
// each call, and "lines", which counts and times the lines of the named
// functions; both see calls that begin after it has returned. A process that
// nobody stops does so itself some seconds after limit.
//
// stop returns what the process tells, in the JSON of python/timed.py; nothing
// of it may be trusted. It is asked within ten seconds, or has told already
// because it has ended. Errors: [os.ErrProcessDone], and others that say why
// not.
func Profile(ref procs.PIDRef, kind string, functions []string, limit time.Duration) (stop func() ([]byte, error), err error) {
	ref, dir, err := settled(ref)
	if err != nil {
		return nil, err
	}
	p := &selfProfile{ref: ref, dir: dir, told: make(chan []byte, 1)}
	p.name = fmt.Sprintf("profile-%d-%d-%d.sock", ref.PID, os.Getpid(), listeners.Add(1))
	if p.listen, err = listen(dir, p.name); err != nil {
		return nil, err
	}
	p.served.Go(p.serve) // ends when the socket is closed
	for _, f := range functions {
		if strings.ContainsAny(f, "\n\x00") {
			return nil, errors.Join(fmt.Errorf("there is no function %q", f), p.close())
		}
	}
	seconds := strconv.FormatFloat(limit.Seconds(), 'f', 3, 64)
	said, err := p.request(strings.Join(append([]string{kind, seconds}, functions...), "\n"), beginWait)
	if err == nil && string(said) != "ok" {
		err = errors.New(clean(string(said), 300))
	}
	if err != nil {
		_ = p.close() // the error before it counts
		return nil, err
	}
	return p.stop, nil
}

// clean makes a line for people of what a program says.
func clean(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return -1
		}
		return r
	}, text[:min(len(text), most)])
	if text == "" {
		return "it does not say why not"
	}
	return text
}

// How long a process has to begin, and to tell: its main thread must get to run
// Python code.
const (
	beginWait = debugWait
	endWait   = 10 * time.Second
	talkWait  = 20 * time.Second // for one conversation
	lastWait  = time.Second      // for what an ended process has sent
)

// close ends the listening and waits for the conversations that there are.
func (p *selfProfile) close() error {
	err := errors.Join(p.listen.Close(), os.Remove(filepath.Join(p.dir, p.name)))
	p.served.Wait()
	return err
}

// stop has the process end its profile and tell of it.
func (p *selfProfile) stop() ([]byte, error) {
	defer func() { _ = p.close() }() // nothing is left of it
	select {
	case data := <-p.told:
		return data, nil
	default:
	}
	data, err := p.request("end", endWait)
	if err == nil {
		return data, nil
	}
	if !gone(p.ref) {
		return nil, err
	}
	select { // its last word may be under way
	case data := <-p.told:
		return data, nil
	case <-time.After(lastWait):
		return nil, os.ErrProcessDone
	}
}

// request wakes the process until it has come, and returns what it answers.
func (p *selfProfile) request(ask string, wait time.Duration) ([]byte, error) {
	say := make(chan []byte, 1)
	p.mu.Lock()
	p.ask, p.say = ask, say
	p.mu.Unlock()
	request := filepath.Join(p.dir, "profile-"+strconv.Itoa(p.ref.PID))
	if err := leaveRequest(request, p.name); err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(request) }() // the process has removed it, or is not to find it any more
	for end := time.Now().Add(wait); time.Now().Before(end); {
		if _, err := os.Lstat(request); err == nil { // else it is on its way
			if !catchesDebug(p.ref.PID) {
				return nil, errors.New("it has ended, or takes no signal 59 any more")
			}
			if err := spawn.SignalRef(p.ref, procs.Signal(DebugSignal)); err != nil {
				return nil, err
			}
		} else if gone(p.ref) {
			return nil, os.ErrProcessDone
		}
		select {
		case data := <-say:
			return data, nil
		case <-time.After(again):
		}
	}
	return nil, fmt.Errorf("it has not answered within %v: its main thread runs no Python code, or a debugger has stopped it", wait)
}

// serve talks with the process whenever it comes.
func (p *selfProfile) serve() {
	for {
		conn, err := p.listen.AcceptUnix()
		if err != nil {
			return // closed
		}
		if peer(conn) == p.ref.PID {
			p.talk(conn)
		}
		_ = conn.Close() // all has been said
	}
}

func (p *selfProfile) talk(conn *net.UnixConn) {
	if conn.SetDeadline(time.Now().Add(talkWait)) != nil {
		return
	}
	r := bufio.NewReader(io.LimitReader(conn, maxProfile+1))
	word, err := r.ReadString('\n')
	if err != nil {
		return
	}
	answer := p.told
	if word == "asked\n" {
		p.mu.Lock()
		answer = p.say
		ask := p.ask
		p.mu.Unlock()
		if _, err := io.WriteString(conn, ask); err != nil || conn.CloseWrite() != nil {
			return
		}
	}
	data, err := io.ReadAll(r)
	if err != nil || len(data) > maxProfile-len(word) {
		data = nil // which is no answer
	}
	select {
	case answer <- data:
	default: // it has told already
	}
}
