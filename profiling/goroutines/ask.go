package goroutines

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"example.com/muster/procs"
)

// Bounds of asking.
const (
	// maxAnswer is how large an answer may be, in bytes.
	maxAnswer = 32 << 20
	// Every is how often a program is asked at most; in between, the last
	// answer is told again.
	Every = 2 * time.Second

	usualDeadline = time.Second      // of one question
	patience      = 30 * time.Second // after a question without an answer
	maxEndpoints  = 8                // of one process
	maxKnown      = 256              // processes
)

var (
	// ErrNotGo says that a process runs no Go program.
	ErrNotGo = errors.New("it is no Go program")
	// ErrNoEndpoint says that a Go program does not serve its goroutines in a
	// place where muster may ask.
	ErrNoEndpoint = errors.New("it serves no net/http/pprof on this machine")

	errAnother = errors.New("another process answers there")
	errNoPprof = errors.New("what answers is no net/http/pprof")
	errNoAgent = errors.New("what answers is no agent of muster's")
)

// declined is what net/http/pprof says instead of an answer, such as "Could
// not enable CPU profiling: cpu profiling already in use".
type declined string

func (d declined) Error() string { return "it says: " + string(d) }

// question is what a program is asked, and how long its answer may take and how
// many bytes it may have.
type question struct {
	path     string // behind /debug/pprof/
	deadline time.Duration
	most     int
	stop     <-chan struct{} // closed: the answer need not be complete; nil is never
}

func (e endpoint) String() string { return e.network + " " + e.addr }

// known is what was found out about a process.
type known struct {
	program uint64 // the inode of what it runs: exec changes that, and nothing else
	is      error  // nil if it is a Go program that may be asked
	refused map[endpoint]refusal
	good    endpoint
	dump    answer
	asked   time.Time
	used    time.Time
}

// refusal is why an endpoint is not asked, and until when; zero is for ever.
type refusal struct {
	why   error
	until time.Time
}

// answer is the last one of a process.
type answer struct {
	list []Goroutine
	err  error
}

// Asker asks Go programs for their goroutines. It remembers who has nothing to
// say, so that a program is not asked at each look. The zero value is ready for
// use, by one goroutine at a time.
type Asker struct {
	// Eager asks anew each time, where two answers are wanted soon.
	Eager bool

	procs map[procs.PIDRef]*known

	// Tests set these; zero is the usual.
	now      func() time.Time
	deadline time.Duration
}

func (a *Asker) clock() time.Time {
	if a.now != nil {
		return a.now()
	}
	return time.Now()
}

// dump is the question for all goroutines with their stacks.
const dump = "goroutine?debug=2"

// Goroutines returns the goroutines of a process. It fails with [ErrNotGo] or
// [ErrNoEndpoint] where there is nobody to ask; an answer is told again until
// [Every] has passed.
func (a *Asker) Goroutines(ctx context.Context, p procs.PIDRef) ([]Goroutine, error) {
	k, err := a.about(p)
	if err != nil {
		return nil, cannot("goroutines", p, err)
	}
	if now := a.clock(); a.Eager || k.asked.IsZero() || now.Sub(k.asked) >= Every {
		k.asked = now
		k.dump = answer{}
		var text []byte
		if text, k.dump.err = a.ask(ctx, p, k, a.usual(dump)); k.dump.err == nil {
			k.dump.list, k.dump.err = Parse(text)
		}
	}
	if k.dump.err != nil {
		return nil, cannot("goroutines", p, k.dump.err)
	}
	return k.dump.list, nil
}

// usual is a question whose answer should come at once.
func (a *Asker) usual(path string) question {
	return question{path, cmp.Or(a.deadline, usualDeadline), maxAnswer, nil}
}

// Listens tells whether there is anything to ask: it fails with [ErrNotGo], or
// with [ErrNoEndpoint] if the program cannot answer or listens nowhere. What
// answers there is only known when it is asked.
func (a *Asker) Listens(p procs.PIDRef) error {
	_, err := a.about(p)
	if err != nil {
		return err
	}
	list, err := endpoints(p)
	if err == nil && len(list) == 0 {
		err = ErrNoEndpoint
	}
	return err
}

// Contention returns a process's profile of contention: "mutex" or "block".
func (a *Asker) Contention(ctx context.Context, p procs.PIDRef, name string) ([]Contention, error) {
	k, err := a.about(p)
	if err != nil {
		return nil, cannot(name+" profile", p, err)
	}
	data, err := a.ask(ctx, p, k, a.usual(name))
	if err != nil {
		return nil, cannot(name+" profile", p, err)
	}
	return ParseContention(data)
}

// The head of a mutex profile as text (runtime/pprof, writeProfileInternal).
const (
	mutexText     = "--- mutex:\n"
	fractionField = "sampling period="
)

// MutexFraction returns how much of the contention of its mutexes a process
// records: one event of so many, 0 for none. It costs as much as the profile,
// so that it is meant for one that is empty.
func (a *Asker) MutexFraction(ctx context.Context, p procs.PIDRef) (int, error) {
	k, err := a.about(p)
	if err != nil {
		return 0, cannot("mutex profile", p, err)
	}
	text, err := a.ask(ctx, p, k, a.usual("mutex?debug=1"))
	if err != nil {
		return 0, cannot("mutex profile", p, err)
	}
	n, err := mutexFraction(text)
	if err != nil {
		return 0, cannot("mutex profile", p, err)
	}
	return n, nil
}

// mutexFraction reads the sampling period among the first lines of a profile.
func mutexFraction(text []byte) (int, error) {
	_, rest, ok := bytes.Cut(text[:min(len(text), 4096)], []byte(fractionField))
	number, _, ends := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.Atoi(string(number))
	if !ok || !ends || err != nil || n < 0 || !bytes.HasPrefix(text, []byte(mutexText)) {
		return 0, errNoPprof
	}
	return n, nil
}

func cannot(what string, p procs.PIDRef, err error) error {
	return fmt.Errorf("cannot read the %s of pid %d: %w", what, p.PID, err)
}

// about looks a process up, and looks at it if it is new or runs another
// program than it did.
func (a *Asker) about(p procs.PIDRef) (*known, error) {
	program, err := programOf(p)
	if err != nil {
		return nil, err
	}
	k := a.procs[p]
	if k == nil || k.program != program {
		k = &known{program: program, is: mayAsk(p), refused: map[endpoint]refusal{}}
		a.keep(p, k)
	}
	k.used = a.clock()
	return k, k.is
}

// keep remembers a process, and forgets the one that was asked for longest ago.
func (a *Asker) keep(p procs.PIDRef, k *known) {
	if a.procs == nil {
		a.procs = map[procs.PIDRef]*known{}
	}
	if len(a.procs) >= maxKnown {
		var oldest *known
		var ref procs.PIDRef
		for r, other := range a.procs {
			if oldest == nil || other.used.Before(oldest.used) {
				oldest, ref = other, r
			}
		}
		delete(a.procs, ref)
	}
	a.procs[p] = k
}

// ask puts a question to the process's endpoints, to the one that has answered
// before first.
func (a *Asker) ask(ctx context.Context, p procs.PIDRef, k *known, q question) (data []byte, err error) {
	err = a.each(ctx, p, k, q.path, func(e endpoint) (err error) {
		data, err = get(ctx, p, e, q)
		return err
	})
	return data, err
}

// each tries the process's endpoints until one answers.
func (a *Asker) each(ctx context.Context, p procs.PIDRef, k *known, path string, try func(endpoint) error) error {
	list, err := endpoints(p)
	if err != nil {
		return err
	}
	for e := range k.refused { // those that have been closed
		if !slices.Contains(list, e) {
			delete(k.refused, e)
		}
	}
	slices.SortStableFunc(list, func(x, y endpoint) int {
		switch {
		case x == k.good && y != k.good:
			return -1
		case y == k.good && x != k.good:
			return 1
		}
		return 0
	})
	why := ErrNoEndpoint
	for _, e := range list[:min(len(list), maxEndpoints)] {
		if r, no := k.refused[e]; no && (r.until.IsZero() || a.clock().Before(r.until)) {
			why = fmt.Errorf("%w: %s: %w", ErrNoEndpoint, e, r.why)
			continue
		}
		err := try(e)
		if err == nil {
			k.good = e
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if says := declined(""); errors.As(err, &says) {
			why = err // it is the right place, and may answer another time
			continue
		}
		why = fmt.Errorf("%w: %s: %w", ErrNoEndpoint, e, err)
		if errors.Is(err, errNoAgent) {
			continue // profiles it may have all the same
		}
		if e == k.good && errors.Is(err, errNoPprof) && path != dump {
			continue // it has no such profile, but goroutines it has
		}
		k.refused[e] = a.refuse(err, e == k.good)
	}
	return why
}

// refuse says for how long an endpoint is left alone. One that has answered
// before, or has not answered at all, gets another chance.
func (a *Asker) refuse(err error, good bool) refusal {
	if errors.Is(err, errNoPprof) && !good {
		return refusal{why: err}
	}
	return refusal{why: err, until: a.clock().Add(patience)}
}

// get asks one endpoint, and reads the whole answer.
func get(ctx context.Context, p procs.PIDRef, e endpoint, q question) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, q.deadline)
	defer cancel()
	res, err := request(ctx, p, e, q)
	if err != nil {
		return nil, plain(err, q.deadline)
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	data, err := bounded(res.Body, q.most)
	if err != nil {
		return nil, plain(err, q.deadline)
	}
	// A dump begins with a goroutine, a profile with the magic number of gzip, a
	// profile as text with its name, and a trace with its version.
	for _, begin := range []string{"goroutine ", "\x1f\x8b", mutexText, "go 1."} {
		if bytes.HasPrefix(data, []byte(begin)) {
			return data, nil
		}
	}
	return nil, errNoPprof
}

// request asks one endpoint. The connection must lead to the very process,
// which is made sure of before anything is sent; it ends with the body, which
// is open if there is no error. To stop is to say that nothing more will be
// asked: net/http/pprof then ends a profile that is being taken (its sleep), as
// it does when the client has gone, but the answer still arrives. That is said
// behind the question, never instead of it.
func request(ctx context.Context, p procs.PIDRef, e endpoint, q question) (*http.Response, error) {
	client := &http.Client{
		Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) { // the one that is given outlives the question
				c, err := e.dial(ctx, p)
				if err != nil {
					return nil, err
				}
				if !e.leadsTo(ctx, p, c) {
					_ = c.Close() // nothing was written
					return nil, errAnother
				}
				return stoppable(ctx, c, q.stop), nil
			},
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/debug/pprof/"+q.path, http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	// net/http/pprof marks what it says itself (serveError).
	if res.Header.Get("X-Go-Pprof") == "1" && res.StatusCode != http.StatusNotFound {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 200)) // whatever has come of it
		return nil, declined(printable(text))
	}
	return nil, fmt.Errorf("%w: %s", errNoPprof, res.Status)
}

// stoppable returns a connection whose writing end is closed on stop, but not before
// the question has been written, nor once ctx is done. The question fits into the
// transport's buffer, so that it is one write; httptrace would tell of it before that
// is flushed.
func stoppable(ctx context.Context, c net.Conn, stop <-chan struct{}) net.Conn {
	half, ok := c.(interface{ CloseWrite() error })
	if !ok || stop == nil {
		return c
	}
	asked := make(chan struct{})
	go func() { // ends with the question
		for _, next := range []<-chan struct{}{asked, stop} {
			select {
			case <-ctx.Done():
				return
			case <-next:
			}
		}
		_ = half.CloseWrite() // if it fails, the connection is closed already
	}()
	return &asking{c, sync.OnceFunc(func() { close(asked) })}
}

// asking is a connection that tells when something has been written to it.
type asking struct {
	net.Conn
	wrote func()
}

func (a *asking) Write(b []byte) (int, error) {
	n, err := a.Conn.Write(b)
	a.wrote()
	return n, err
}

// printable is a text of the program's as one line.
func printable(text []byte) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(string(text), "\uFFFD"), func(r rune) bool { return !unicode.IsPrint(r) }), " ")
}

// plain words what went wrong without the address, which the caller names.
func plain(err error, deadline time.Duration) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("no answer within %v", deadline)
	}
	if errors.Is(err, errNoPprof) {
		return err
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err
}
