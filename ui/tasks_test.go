package ui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// onTasks is the whole model over a map, as muster map opens it.
func onTasks(t *testing.T, session *uitest.Session) *stage {
	return newStage(t, session, func(o *Options) { o.InitialScreen = keys.Tasks })
}

func TestAMapHasItsOwnHome(t *testing.T) {
	s := onTasks(t, uitest.Album())
	frame := s.frame()
	for _, want := range []string{"24%  1,236 of 5,000", "7 tasks", "1 processes", "Space pause"} {
		if !strings.Contains(frame, want) {
			t.Errorf("the frame lacks %q:\n%s", want, frame)
		}
	}
	for _, not := range []string{"4 locks", "6 profile"} {
		if strings.Contains(frame, not) {
			t.Errorf("the frame offers %q, which a map does not have", not)
		}
	}
	if got := s.status(); got != "1,236 done, 4 running, 3,760 to do, 4 failed" {
		t.Errorf("the status is %q", got)
	}
	s.Keys("esc")
	if s.root.at != keys.Tasks {
		t.Errorf("Esc leads away, to %s", s.root.at)
	}
	for _, key := range []string{"1", "2", "5"} {
		s.Keys(key)
		if s.root.at == keys.Tasks {
			t.Errorf("%s opens nothing", key)
		}
		s.Keys("esc")
		if s.root.at != keys.Tasks {
			t.Errorf("from screen %s Esc leads to %s", key, s.root.at)
		}
	}
	for key, offers := range map[string]string{"1": "r restart", "5": "r rerun"} {
		s.Keys(key)
		if frame := s.frame(); strings.Contains(frame, offers) || strings.Contains(frame, "x stop") {
			t.Errorf("screen %s offers %q, which a map does not do:\n%s", key, offers, frame)
		}
	}
	for key, command := range map[string]string{"4": "muster locks 4201 4202 4288 4204", "6": "muster profile 4201 4202 4288 4204"} {
		s.Keys(key)
		if frame := s.frame(); !strings.Contains(frame, command) || strings.Contains(frame, "not built yet") {
			t.Errorf("screen %s does not say what else tells it:\n%s", key, frame)
		}
	}
}

func TestWhatDoesNotRunItemsHasNoTabForThem(t *testing.T) {
	s := newStage(t, uitest.Typical())
	if strings.Contains(s.frame(), "7 tasks") {
		t.Error("a session of processes offers the screen of tasks")
	}
	s.Keys("7")
	if !strings.Contains(s.frame(), "This session is no map") {
		t.Errorf("screen 7 says\n%s", s.frame())
	}
}

func TestLeavingAMap(t *testing.T) {
	session := uitest.Album()
	s := onTasks(t, session)
	s.Keys("q")
	if got := s.status(); !strings.Contains(got, "stop 4 processes and leave?") {
		t.Errorf("q says %q", got)
	}
	s.Keys("y")
	if diff := cmp.Diff([]procs.Command{procs.Shutdown{}}, session.Commands()); diff != "" {
		t.Error(diff)
	}

	session = uitest.Album()
	p := uitest.AlbumProgress()
	p.Ended, p.Running, p.OK = true, 0, 4995
	session.SetAlbum(p)
	s = onTasks(t, session)
	if got := s.status(); got != "5,000 items done, 4 failed; R tries again; q leaves" {
		t.Errorf("at the end the status is %q", got)
	}
	s.Keys("R")
	if diff := cmp.Diff([]procs.Command{procs.RetryItems{}}, session.Commands()); diff != "" {
		t.Error(diff)
	}
	s.Keys("q")
	if !s.Quit || len(session.Commands()) != 1 {
		t.Errorf("at the end q leaves: %v, with %v", s.Quit, session.Commands())
	}
}
