package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// profilePatience bounds how long an answer may wait for the end of a capture.
const profilePatience = time.Minute

func (srv *Server) profilesAPI(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/profiles", srv.serveProfiles)
	mux.HandleFunc("POST /v1/profiles", srv.serveStartProfile)
	mux.HandleFunc("GET /v1/profiles/{id}", srv.serveProfile)
	mux.HandleFunc("GET /v1/profiles/{id}/pprof", srv.serveProfileData)
	mux.HandleFunc("POST /v1/profiles/{id}/finish", func(w http.ResponseWriter, r *http.Request) { srv.endProfile(w, r, false) })
	mux.HandleFunc("POST /v1/profiles/{id}/cancel", func(w http.ResponseWriter, r *http.Request) { srv.endProfile(w, r, true) })
}

func (srv *Server) serveProfiles(w http.ResponseWriter, _ *http.Request) {
	all := ProfilesJSON{Profiles: []ProfileJSON{}}
	for _, c := range srv.session.Found().Profiles {
		all.Profiles = append(all.Profiles, c.JSON())
	}
	answer(w, http.StatusOK, all)
}

func (srv *Server) serveStartProfile(w http.ResponseWriter, r *http.Request) {
	var j ProfileAskJSON
	if status, err := readBody(w, r, &j); err != nil {
		fail(w, status, fmt.Errorf("cannot read what to profile: %w", err), `for example {"targets":["train"],"kind":"cpu","seconds":10}`)
		return
	}
	request, err := j.request().Checked()
	if err != nil {
		fail(w, http.StatusBadRequest, err, "")
		return
	}
	c, err := srv.profiled(r.Context(), StartProfile{Request: request})
	if err != nil {
		fail(w, statusOf(err, http.StatusConflict), err, "")
		return
	}
	answer(w, http.StatusOK, c.JSON())
}

// seqOf reads which capture a question is about.
func seqOf(w http.ResponseWriter, r *http.Request) (int, bool) {
	seq, err := parseProfileID(r.PathValue("id"))
	if err != nil {
		fail(w, http.StatusBadRequest, err, "")
	}
	return seq, err == nil
}

// serveProfile tells of one capture, at its end if the question has wait=SECONDS.
func (srv *Server) serveProfile(w http.ResponseWriter, r *http.Request) {
	seq, ok := seqOf(w, r)
	if !ok {
		return
	}
	p := parameters{values: r.URL.Query(), known: map[string]bool{}}
	wait := time.Duration(p.number("wait", 0, uint64(profilePatience/time.Second))) * time.Second
	if err := p.err(); err != nil {
		fail(w, http.StatusBadRequest, err, "")
		return
	}
	ctx, cancel := srv.untilClosed(r.Context())
	defer cancel()
	ctx, stop := context.WithTimeout(ctx, wait)
	defer stop()
	out := http.NewResponseController(w)
	_ = out.SetReadDeadline(time.Time{}) // the question has been read
	_ = out.SetWriteDeadline(time.Now().Add(wait + answerPatience))
	c, err := srv.session.WaitProfile(ctx, seq)
	if err != nil {
		fail(w, statusOf(err, http.StatusConflict), err, "")
		return
	}
	answer(w, http.StatusOK, c.JSON())
}

// serveProfileData sends the profile itself.
func (srv *Server) serveProfileData(w http.ResponseWriter, r *http.Request) {
	seq, ok := seqOf(w, r)
	if !ok {
		return
	}
	told, err := srv.session.Ask(r.Context(), ProfileQuestion{Seq: seq})
	data, _ := told.(ProfileData)
	if err != nil {
		fail(w, statusOf(err, http.StatusConflict), err, "")
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // a reader that has gone needs no answer
}

// endProfile ends a capture; what was taken is kept, or thrown away.
func (srv *Server) endProfile(w http.ResponseWriter, r *http.Request, discard bool) {
	seq, ok := seqOf(w, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), doDeadline)
	defer cancel()
	c, err := srv.profiled(ctx, EndProfile{Seq: seq, Discard: discard})
	if err != nil {
		fail(w, statusOf(err, http.StatusConflict), err, "")
		return
	}
	answer(w, http.StatusOK, c.JSON())
}

// profiled asks a question whose answer is a capture.
func (srv *Server) profiled(ctx context.Context, q Question) (*Profiled, error) {
	told, err := srv.session.Ask(ctx, q)
	c, _ := told.(*Profiled)
	return c, err
}

// readBody reads the JSON object of a question; an empty one is the zero value.
func readBody(w http.ResponseWriter, r *http.Request, v any) (status int, err error) {
	status, err = readJSON(w, r, v)
	if errors.Is(err, errEmpty) {
		return http.StatusOK, nil
	}
	return status, err
}
