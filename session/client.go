package session

import (
	"bytes"
	"cmp"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"example.com/muster/procs"
)

// Client asks a running session. It speaks the HTTP of the session's socket,
// as docs/api.md has it. Its methods may be called from any goroutine.
type Client struct {
	name string
	http http.Client
}

// ErrNoSession says that there is no session to ask.
var ErrNoSession = errors.New("no session is running")

// Refusal is an error that the session itself answered with.
type Refusal struct {
	Status int // of HTTP
	Text   string
	Hint   string
	// Details are more than one line, where there is more to tell.
	Details string
}

// Error is the session's own words.
func (r *Refusal) Error() string { return r.Text }

// usualPatience is how long an answer may take if ctx has no deadline.
const usualPatience = 15 * time.Second

// Dial finds the session of that name; "" is the only one that runs.
func Dial(name string) (*Client, error) {
	name, path, err := find(name)
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &Client{name, http.Client{Transport: &http.Transport{
		DialContext: dial, MaxIdleConnsPerHost: 2, IdleConnTimeout: idlePatience / 2, DisableCompression: true,
	}}}, nil
}

// find returns the name of the session that is meant, and its socket.
func find(name string) (found, path string, err error) {
	if name != "" {
		if err := CheckName(name); err != nil {
			return "", "", err
		}
		if path, ok := socketOf(name); ok {
			return name, path, nil
		}
	}
	names, err := Sessions()
	last := LastOf(name)
	var unreachable []Record
	if name != "" || len(names) == 0 {
		unreachable = Unreachable(name)
	}
	if last == nil && name != "" && len(unreachable) == 0 {
		last = LastOf(name) // it may have ended between the two looks
	}
	switch {
	case last != nil && last.Killed():
		return "", "", errors.New(last.Fate())
	case last != nil:
		return "", "", &endedError{last}
	case len(unreachable) > 0:
		return "", "", &UnreachableError{unreachable[0]}
	case err != nil:
		return "", "", err
	case name == "" && len(names) == 1:
		if path, ok := socketOf(names[0]); ok {
			return names[0], path, nil
		}
		return "", "", ErrNoSession
	case name == "" && len(names) == 0:
		return "", "", ErrNoSession
	case name == "":
		return "", "", fmt.Errorf("cannot choose between %d sessions (%s): name one with --session", len(names), strings.Join(names, ", "))
	case len(names) == 0:
		return "", "", fmt.Errorf("there is no session %q: %w", name, ErrNoSession)
	}
	return "", "", &OthersError{name, names}
}

// endedError says that a session has ended in good order: there is none to ask.
type endedError struct{ last *Record }

func (e *endedError) Error() string { return e.last.Fate() }

func (e *endedError) Is(target error) bool { return target == ErrNoSession }

// UnreachableError says that a session runs, while there is no socket on which it
// could be asked: it begins or ends just now, or somebody has removed it.
type UnreachableError struct{ Record Record }

func (e *UnreachableError) Error() string {
	if e.Record.EndingAt != nil {
		return fmt.Sprintf("session %s (pid %d) is about to end", e.Record.Session, e.Record.PID)
	}
	return fmt.Sprintf("session %s runs (pid %d), but has no socket to be asked on", e.Record.Session, e.Record.PID)
}

// Is says that there is no session to ask.
func (e *UnreachableError) Is(target error) bool { return target == ErrNoSession }

// OthersError says that there is no session of a name, while others run.
type OthersError struct {
	Name    string
	Running []string
}

func (e *OthersError) Error() string {
	return fmt.Sprintf("there is no session %q; running: %s", e.Name, strings.Join(e.Running, ", "))
}

// Name is the session's name.
func (c *Client) Name() string { return c.name }

// Close gives back the connections that are kept for the next question.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// PS asks for the processes.
func (c *Client) PS(ctx context.Context) (PS, error) { return get[PS](ctx, c, "/v1/ps") }

// About asks what the session is.
func (c *Client) About(ctx context.Context) (AboutJSON, error) {
	return get[AboutJSON](ctx, c, "/v1/session")
}

// Crashes asks for the bad ends so far.
func (c *Client) Crashes(ctx context.Context) (CrashesJSON, error) {
	return get[CrashesJSON](ctx, c, "/v1/crashes")
}

// Crash asks for all that is known of one of them.
func (c *Client) Crash(ctx context.Context, id string) (KeptCrash, error) {
	return get[KeptCrash](ctx, c, "/v1/crashes/"+url.PathEscape(id))
}

// Locks asks who waits for what, and who has it.
func (c *Client) Locks(ctx context.Context) (LocksJSON, error) {
	return get[LocksJSON](ctx, c, "/v1/locks")
}

// Stacks asks for the stacks of some processes; without targets for all.
func (c *Client) Stacks(ctx context.Context, targets []string) (StacksJSON, error) {
	return get[StacksJSON](ctx, c, "/v1/stacks?"+url.Values{"target": targets}.Encode())
}

// StartProfile starts a capture.
func (c *Client) StartProfile(ctx context.Context, r ProfileRequest) (p ProfileJSON, err error) {
	body, err := json.Marshal(r.JSON())
	if err != nil {
		return p, err
	}
	err = c.ask(ctx, http.MethodPost, "/v1/profiles", body, "", func(r io.Reader) error { return json.NewDecoder(r).Decode(&p) })
	return p, err
}

// Profile asks for a capture, and waits so many whole seconds for its end.
func (c *Client) Profile(ctx context.Context, id string, wait time.Duration) (ProfileJSON, error) {
	return get[ProfileJSON](ctx, c, "/v1/profiles/"+url.PathEscape(id)+"?wait="+strconv.Itoa(int(wait/time.Second)))
}

// EndProfile ends a capture now; what was taken is kept, or thrown away.
func (c *Client) EndProfile(ctx context.Context, id string, discard bool) (p ProfileJSON, err error) {
	how := "/finish"
	if discard {
		how = "/cancel"
	}
	err = c.ask(ctx, http.MethodPost, "/v1/profiles/"+url.PathEscape(id)+how, nil, "", func(r io.Reader) error { return json.NewDecoder(r).Decode(&p) })
	return p, err
}

// ProfileData asks for a capture's profile, packed, in pprof's format.
func (c *Client) ProfileData(ctx context.Context, id string) (data []byte, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/profiles/"+url.PathEscape(id)+"/pprof", nil, "", func(r io.Reader) error {
		data, err = io.ReadAll(io.LimitReader(r, maxProfile+1))
		if err == nil && len(data) > maxProfile {
			err = fmt.Errorf("it is larger than %d bytes", maxProfile)
		}
		return err
	})
	return data, err
}

// maxProfile bounds a packed profile, in bytes.
const maxProfile = 512 << 20

// Plan asks what a reload would change.
func (c *Client) Plan(ctx context.Context) ([]ChangeJSON, error) {
	plan, err := get[PlanJSON](ctx, c, "/v1/plan")
	return plan.Changes, err
}

// Do sends a command. The error is a *[Refusal] if the session has understood
// and will not.
func (c *Client) Do(ctx context.Context, d DoJSON) (DoneJSON, error) {
	var done DoneJSON
	body, err := json.Marshal(d)
	if err != nil {
		return done, err
	}
	err = c.ask(ctx, http.MethodPost, "/v1/do", body, "", func(r io.Reader) error { return json.NewDecoder(r).Decode(&done) })
	return done, err
}

// Output reads a window of what was printed.
func (c *Client) Output(ctx context.Context, q procs.Query) (procs.Page, error) {
	var page procs.Page
	err := c.getGob(ctx, "/v1/output?"+queryValues(q).Encode(), &page)
	return page, err
}

// Samples asks for the last n measurements of a slot.
func (c *Client) Samples(ctx context.Context, id procs.ID, n int) ([]procs.Sample, error) {
	var samples []procs.Sample
	err := c.getGob(ctx, "/v1/private/samples?"+url.Values{"process": {id.String()}, "n": {strconv.Itoa(n)}}.Encode(), &samples)
	return samples, err
}

// Moments asks a [MomentsQuestion].
func (c *Client) Moments(ctx context.Context, q MomentsQuestion) (Moments, error) {
	var m Moments
	err := c.getGob(ctx, "/v1/private/moments?"+url.Values{"process": {q.ID.String()}, "pid": {strconv.Itoa(q.PID)}}.Encode(), &m)
	return m, err
}

// Focus asks for details of one slot at every sample.
func (c *Client) Focus(ctx context.Context, id procs.ID) error {
	path := "/v1/private/focus?" + url.Values{"process": {id.String()}}.Encode()
	return c.ask(ctx, http.MethodPost, path, nil, "", func(io.Reader) error { return nil })
}

// Watch opens the stream of frames; it ends with ctx. Read it with [ReadFrame].
func (c *Client) Watch(ctx context.Context) (io.ReadCloser, error) {
	return c.stream(ctx, "/v1/private/watch")
}

// EventsAndPrompts opens the stream of what comes after a number, and goes on. Lines that have not
// ended come as well once they have stood for [StandFor], as partial ones, and again when they have grown.
func (c *Client) EventsAndPrompts(ctx context.Context, after uint64) (io.ReadCloser, error) {
	v := url.Values{"after": {strconv.FormatUint(after, 10)}, "follow": {"1"}, "partial": {"1"}}
	return c.stream(ctx, "/v1/events?"+v.Encode())
}

func (c *Client) stream(ctx context.Context, path string) (io.ReadCloser, error) {
	resp, err := c.send(ctx, http.MethodGet, path, nil, "")
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	var v T
	err := c.ask(ctx, http.MethodGet, path, nil, "", func(r io.Reader) error { return json.NewDecoder(r).Decode(&v) })
	return v, err
}

func (c *Client) getGob(ctx context.Context, path string, into any) error {
	return c.ask(ctx, http.MethodGet, path, nil, gobType, func(r io.Reader) error { return gob.NewDecoder(r).Decode(into) })
}

// ask sends a question and reads the whole answer.
func (c *Client) ask(ctx context.Context, method, path string, body []byte, accept string, read func(io.Reader) error) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, usualPatience)
		defer cancel()
	}
	resp, err := c.send(ctx, method, path, body, accept)
	if err != nil {
		return err
	}
	defer func() {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 4096)) // so that the connection can be used again
		_ = resp.Body.Close()                                       // it has been read
	}()
	if err := read(resp.Body); err != nil {
		told := fmt.Errorf("cannot read the answer of session %q: %w", c.name, err)
		if cutOff(err) {
			return c.unanswered(ctx, told)
		}
		return told
	}
	return nil
}

// endingWait is how long it is waited for what becomes of a session that has hung up.
const endingWait = time.Second

// unanswered is what to tell of a question that was cut off by an error. A session that ends
// hangs up on whoever asks just then: what became of it says more than the error of a socket.
func (c *Client) unanswered(ctx context.Context, err error) error {
	ctx, cancel := context.WithTimeout(ctx, endingWait)
	defer cancel()
	for {
		var ending *UnreachableError
		_, _, fate := find(c.name)
		if fate != nil && !errors.As(fate, &ending) {
			return fate
		}
		select {
		case <-ctx.Done():
			return cmp.Or(fate, err)
		case <-time.After(endingWait / 50):
		}
	}
}

// cutOff reports whether an answer could not be read because its sender has hung up.
func cutOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// send sends a question and returns a good answer.
func (c *Client) send(ctx context.Context, method, path string, body []byte, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://muster"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	if until, ok := ctx.Deadline(); ok {
		req.Header.Set(untilHeader, strconv.FormatInt(until.UnixMilli(), 10))
	}
	resp, err := c.http.Do(req)
	switch {
	case err != nil && (os.IsTimeout(err) || errors.Is(err, context.DeadlineExceeded)):
		return nil, fmt.Errorf("cannot ask session %q: it does not answer; is it stopped (Ctrl-Z)?", c.name)
	case err != nil:
		return nil, c.unanswered(ctx, fmt.Errorf("cannot ask session %q: %w", c.name, reason(err)))
	case resp.StatusCode == http.StatusOK:
		return resp, nil
	}
	defer resp.Body.Close() //nolint:errcheck // it has been read
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	var e ErrorJSON
	if json.Unmarshal(text, &e) != nil || e.Error == "" {
		return nil, fmt.Errorf("cannot ask session %q: %s: %s", c.name, resp.Status, strings.TrimSpace(string(text[:min(len(text), 1024)])))
	}
	return nil, &Refusal{Status: resp.StatusCode, Text: e.Error, Hint: e.Hint, Details: e.Details}
}

// reason is an error of net/http without the question that it was about.
func reason(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
