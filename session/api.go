package session

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"time"

	"example.com/muster/procs"
)

// The API of a session's socket, as docs/api.md has it. Each answer is JSON
// and ends with a newline; an error is {"error": "cannot ...", "hint": "..."}
// with a status that fits. The paths under /v1/private are for muster's own
// screens: they may change with each version.

// api returns the handler of everything that is answered.
func (srv *Server) api() http.Handler {
	s := srv.session
	mux := http.NewServeMux()
	get := func(path string, v func() any) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, v()) })
	}
	get("/v1/ps", func() any { return s.PS() })
	get("/v1/report", func() any { return s.Report() })
	get("/v1/crashes", func() any { return s.CrashesJSON() })
	mux.HandleFunc("GET /v1/crashes/{id}", srv.serveCrash)
	mux.HandleFunc("GET /v1/locks", func(w http.ResponseWriter, r *http.Request) { answer(w, http.StatusOK, s.LocksNow(r.Context())) })
	mux.HandleFunc("GET /v1/tasks", srv.serveTasks)
	mux.HandleFunc("GET /v1/stacks", srv.serveStacks)
	get("/v1/session", func() any { return srv.about() })
	mux.HandleFunc("GET /v1/output", srv.serveOutput)
	mux.HandleFunc("GET /v1/events", srv.serveEvents)
	mux.HandleFunc("GET /v1/plan", srv.servePlan)
	mux.HandleFunc("POST /v1/do", srv.serveDo)
	srv.profilesAPI(mux)
	mux.Handle("GET /metrics", s.Metrics())
	mux.HandleFunc("GET /v1/private/watch", srv.serveWatch)
	mux.HandleFunc("GET /v1/private/samples", srv.serveSamples)
	mux.HandleFunc("GET /v1/private/moments", srv.serveMoments)
	mux.HandleFunc("POST /v1/private/focus", srv.serveFocus)
	mux.HandleFunc("GET /v1/private/terminal", srv.serveTerminal)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { refuse(w, r, mux) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path.Clean(r.URL.Path) { // the mux would lead the client elsewhere, in HTML
			refuse(w, r, nil)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// refuse says that nobody answers such a question, or with which method it is
// asked; mux is nil if with none.
func refuse(w http.ResponseWriter, r *http.Request, mux *http.ServeMux) {
	cannot := "cannot answer " + r.Method + " " + r.URL.Path + ": "
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if mux == nil {
			break
		}
		other := *r
		other.Method = method
		if _, pattern := mux.Handler(&other); pattern != "/" {
			w.Header().Set("Allow", method)
			fail(w, http.StatusMethodNotAllowed, errors.New(cannot+"it is asked with "+method), "see docs/api.md")
			return
		}
	}
	fail(w, http.StatusNotFound, errors.New(cannot+"there is no such question"), "see docs/api.md")
}

// ErrorJSON is the answer where something is wrong.
type ErrorJSON struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
	// Details are all faults of a file, where Error tells the first of them.
	Details string `json:"details,omitempty"`
}

// detailed is an error of which there is more to tell than fits on a line.
type detailed interface {
	error
	Heading() string
	Details() string
}

// answer sends a value.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a reader that has gone needs no answer
}

// gobType asks for an answer in the form that muster's own screens read: it
// keeps nanoseconds, and bytes that are no text.
const gobType = "application/x-gob"

// answerGob sends a value in that form.
func answerGob(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", gobType)
	_ = gob.NewEncoder(w).Encode(v) // a reader that has gone needs no answer
}

// fail sends an error.
func fail(w http.ResponseWriter, status int, err error, hint string) {
	e := ErrorJSON{Error: err.Error(), Hint: hint}
	if d, ok := errors.AsType[detailed](err); ok {
		e.Details = d.Heading() + "\n" + d.Details()
	}
	answer(w, status, e)
}

// idOf reads the slot that a question is about.
func idOf(r *http.Request) (procs.ID, error) { return procs.ParseID(r.URL.Query().Get("process")) }

// serveSamples tells the last measurements of a slot.
func (srv *Server) serveSamples(w http.ResponseWriter, r *http.Request) {
	id, err := idOf(r)
	n, errN := strconv.Atoi(r.URL.Query().Get("n"))
	if err = errors.Join(err, errN); err != nil {
		fail(w, http.StatusBadRequest, err, "")
		return
	}
	answerGob(w, srv.session.Samples(id, n))
}

// serveFocus has one slot measured in detail; whoever asked last has his way.
func (srv *Server) serveFocus(w http.ResponseWriter, r *http.Request) {
	id, err := idOf(r)
	if err != nil {
		fail(w, http.StatusBadRequest, err, "")
		return
	}
	srv.session.Focus(id)
	answer(w, http.StatusOK, DoneJSON{Processes: []string{id.String()}})
}

// AboutJSON is what a session says of itself.
type AboutJSON struct {
	Session   string   `json:"session"`
	PID       int      `json:"pid"`
	StartedAt Time     `json:"started_at"`
	Argv      []string `json:"argv"`
	Detached  bool     `json:"detached"`
	Processes int      `json:"processes"` // slots whose process lives
	Slots     int      `json:"slots"`
	Pools     []string `json:"pools"`
	Crashes   int      `json:"crashes"`
	Stopping  bool     `json:"stopping"`
	LogDir    *string  `json:"log_dir"`
	Socket    string   `json:"socket"`
}

func (srv *Server) about() AboutJSON {
	snap := srv.session.Snapshot()
	a := AboutJSON{
		Session: snap.Session, PID: srv.opt.PID, StartedAt: Time(snap.StartedAt), Argv: validAll(srv.opt.Argv),
		Detached: srv.opt.Detached, Pools: []string{}, Crashes: snap.Crashes, Stopping: snap.Stopping, Socket: srv.Path(),
	}
	if tasks := srv.session.Found().Tasks; tasks != nil {
		a.Crashes = int(tasks.Failed) // what screen 5 shows of a map
	}
	if snap.LogDir != "" {
		a.LogDir = &snap.LogDir
	}
	for _, p := range snap.Pools {
		a.Pools = append(a.Pools, p.Name)
		a.Slots += len(p.Slots)
		for i := range p.Slots {
			if p.Slots[i].PID != 0 && p.Slots[i].State.Live() {
				a.Processes++
			}
		}
	}
	return a
}

// ChangeJSON is one line of what a reload would do.
type ChangeJSON struct {
	Pool string           `json:"pool"`
	Kind procs.ChangeKind `json:"kind"`
	What []string         `json:"what"`
	From int              `json:"from"`
	To   int              `json:"to"`
	Text string           `json:"text"`
}

// PlanJSON is what a reload would do.
type PlanJSON struct {
	Changes []ChangeJSON `json:"changes"`
}

func (srv *Server) servePlan(w http.ResponseWriter, r *http.Request) {
	changes, err := srv.session.Ask(r.Context(), PlanQuestion{})
	if err != nil {
		fail(w, http.StatusConflict, err, "")
		return
	}
	plan := PlanJSON{Changes: []ChangeJSON{}}
	list, _ := changes.(Plan)
	for _, c := range list {
		what := append([]string{}, c.What...)
		plan.Changes = append(plan.Changes, ChangeJSON{c.Pool, c.Kind, what, c.From, c.To, c.String()})
	}
	answer(w, http.StatusOK, plan)
}

// serveCrash tells all that is known of one crash.
func (srv *Server) serveCrash(w http.ResponseWriter, r *http.Request) {
	seq, err := ParseCrashID(r.PathValue("id"))
	if err != nil {
		fail(w, http.StatusBadRequest, err, "")
		return
	}
	report, ok := srv.session.kept(seq)
	if !ok {
		fail(w, http.StatusNotFound, fmt.Errorf("cannot tell of %s: there is no such crash, or it is kept no more", r.PathValue("id")), "muster crashes lists them")
		return
	}
	answer(w, http.StatusOK, report)
}

// serveTasks tells how far a map is.
func (srv *Server) serveTasks(w http.ResponseWriter, _ *http.Request) {
	tasks := srv.session.Found().Tasks
	if tasks == nil {
		fail(w, http.StatusNotFound, fmt.Errorf("cannot tell of items: session %s is no map", srv.session.Snapshot().Session), "muster map has items")
		return
	}
	answer(w, http.StatusOK, TasksOf("progress", tasks.Progress))
}

// stacksDeadline bounds how long the stacks may take to be read: what could be
// read until then is the answer.
const stacksDeadline = 10 * time.Second

func (srv *Server) serveStacks(w http.ResponseWriter, r *http.Request) {
	p := parameters{values: r.URL.Query(), known: map[string]bool{}}
	targets := p.texts("target")
	if err := p.err(); err != nil {
		fail(w, http.StatusBadRequest, err, "")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), stacksDeadline)
	defer cancel()
	stacks, err := srv.session.Ask(ctx, StacksQuestion{Targets: targets})
	if err != nil {
		fail(w, statusOf(err, http.StatusConflict), err, "")
		return
	}
	answer(w, http.StatusOK, stacks)
}

// doDeadline bounds how long a command may take to be accepted.
const doDeadline = 10 * time.Second
