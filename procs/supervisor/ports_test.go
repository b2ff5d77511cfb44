package supervisor

import (
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

func withPort(s *procs.Spec) { s.Argv = []string{"serve", "--port", "{port}"} }

func TestPortsAreUniqueAndKept(t *testing.T) {
	both := named("api", of(50, func(s *procs.Spec) { withPort(s); s.Pprof = "127.0.0.1:{pprof_port}" }))
	stagePools(t, []procs.Spec{both, named("plain", nil)}, nil, func(st *stage) {
		seen := map[int]string{}
		first := st.Pools()[0].Slots
		for _, sl := range first {
			for _, port := range []int{sl.Port, sl.PprofPort} {
				if port == 0 || seen[port] != "" {
					t.Fatalf("%s has port %d, which is %q's", sl.ID, port, seen[port])
				}
				seen[port] = sl.ID.String()
			}
		}
		if sl := st.slot("plain"); sl.Port != 0 || sl.PprofPort != 0 {
			t.Errorf("a pool that names no port has %d and %d", sl.Port, sl.PprofPort)
		}
		st.do(procs.Restart{})
		for i, sl := range st.Pools()[0].Slots {
			if sl.N != 2 || sl.Port != first[i].Port || sl.PprofPort != first[i].PprofPort {
				t.Errorf("%s: run %d has ports %d and %d, had %d and %d", sl.ID, sl.N, sl.Port, sl.PprofPort, first[i].Port, first[i].PprofPort)
			}
		}
		st.noticed()
	})
}

func TestAPortThatWasTakenIsReplaced(t *testing.T) {
	stagePools(t, []procs.Spec{named("api", withPort)}, nil, func(st *stage) {
		had := st.slot("api").Port
		l, err := net.Listen("tcp4", "127.0.0.1:"+strconv.Itoa(had))
		if err != nil {
			st.t.Fatal(err)
		}
		defer l.Close()
		st.ends("api", 1)
		st.do(procs.Start{})
		now := st.slot("api").Port
		if now == had || now == 0 {
			st.t.Errorf("port %d, had %d, which is taken", now, had)
		}
		st.noticed("api/0: port " + strconv.Itoa(had) + " is taken by somebody else, {port} is " + strconv.Itoa(now) + " now")
	})
}

func TestPortsAreGivenBack(t *testing.T) {
	stagePools(t, []procs.Spec{named("api", of(20, withPort))}, nil, func(st *stage) {
		st.do(procs.Scale{Pool: "api", Size: 3})
		st.after(time.Second)
		st.ports.mu.Lock()
		defer st.ports.mu.Unlock()
		if n := len(st.ports.given); n != 3 {
			st.t.Errorf("%d ports are given out, want 3", n)
		}
	})
}

func TestProbesAskAtTheSlotsPort(t *testing.T) {
	stagePools(t, []procs.Spec{named("api", func(s *procs.Spec) {
		withPort(s)
		s.Ready = &procs.Probe{Exec: []string{"check", "{port}", "{slot}"}}
	})}, func(w *world) { w.answer(idOf("api"), 1) }, func(st *stage) {
		want := "not ready: exec check " + strconv.Itoa(st.slot("api").Port) + " 0 exits 1"
		if got := st.slot("api").Reason; !strings.HasPrefix(got, want) {
			st.t.Errorf("got %q, want %q", got, want)
		}
	})
}
