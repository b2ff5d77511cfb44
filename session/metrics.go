package session

import (
	"net/http"
	"slices"
	"strconv"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
)

// Metrics answers with what a session measures, for Prometheus and what reads
// its formats: OpenMetrics text, or what the client asks for. Nothing is kept
// for it; the numbers are those of the present snapshot. Labels are the pool's
// name, the slot's number and the names of the states, so the number of series
// depends on that of the slots, however often they are restarted.
func (s *Session) Metrics() http.Handler { return metricsHandler(s.Snapshot, s.Locks) }

func metricsHandler(snapshot func() *procs.Snapshot, locks func() *graph.View) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		format := expfmt.NegotiateAccept(r.Header, expfmt.DefaultOpenMetricsAcceptedFormats()...)
		if r.Header.Get("Accept") == "" || r.Header.Get("Accept") == "*/*" {
			format = expfmt.NewFormat(expfmt.TypeOpenMetrics)
		}
		w.Header().Set("Content-Type", string(format))
		enc := expfmt.NewEncoder(w, format)
		for _, f := range append(families(snapshot()), lockFamilies(locks())...) {
			if err := enc.Encode(f); err != nil {
				return // the reader has gone
			}
		}
		if c, ok := enc.(expfmt.Closer); ok {
			_ = c.Close() // likewise
		}
	})
}

// perSlot are the measurements of each slot. A value that is not known has no
// sample; of a slot whose process does not live there are no measurements.
var perSlot = []struct {
	name, help, unit string
	kind             dto.MetricType
	value            func(*procs.Slot) (v float64, known bool)
}{
	{"muster_process_up", "Whether the slot's process lives.", "", dto.MetricType_GAUGE, func(s *procs.Slot) (float64, bool) {
		return truth(s.PID != 0 && s.State.Live()), true
	}},
	{"muster_process_ready", "Whether the readiness probe has succeeded; absent without one.", "", dto.MetricType_GAUGE, func(s *procs.Slot) (float64, bool) {
		return truth(s.Ready), s.Probed
	}},
	{"muster_process_restarts_total", "Restarts by muster, since the session began or the slot was restarted by hand.", "", dto.MetricType_COUNTER, func(s *procs.Slot) (float64, bool) {
		return float64(s.Restarts), true
	}},
	{"muster_process_start_time_seconds", "When the present or last run began, in seconds since 1970.", "seconds", dto.MetricType_GAUGE, func(s *procs.Slot) (float64, bool) {
		return float64(s.StartedAt.UnixMilli()) / 1000, !s.StartedAt.IsZero()
	}},
	{"muster_process_cpu_ratio", "CPU use of the slot with its descendants: 1 is one core.", "ratio", dto.MetricType_GAUGE, func(s *procs.Slot) (float64, bool) {
		return s.Sample.Sum.CPUPercent / 100, measured(s, s.Sample.Sum.CPUPercent)
	}},
	{"muster_process_cpu_seconds_total", "CPU time of the slot with its descendants, of all runs, as far as it was sampled.", "seconds", dto.MetricType_COUNTER, func(s *procs.Slot) (float64, bool) {
		return s.CPUTime.Seconds(), true
	}},
	{"muster_process_resident_memory_bytes", "Resident memory of the slot with its descendants; shared pages count for each.", "bytes", dto.MetricType_GAUGE, func(s *procs.Slot) (float64, bool) {
		return float64(s.Sample.Sum.RSSBytes), measured(s, float64(s.Sample.Sum.RSSBytes))
	}},
	{"muster_process_threads", "Threads of the slot with its descendants.", "", dto.MetricType_GAUGE, func(s *procs.Slot) (float64, bool) {
		return float64(s.Sample.Sum.Threads), measured(s, float64(s.Sample.Sum.Threads))
	}},
	{"muster_process_open_fds", "Open file descriptors of the slot's own process.", "", dto.MetricType_GAUGE, func(s *procs.Slot) (float64, bool) {
		return float64(s.Sample.Own.FDs), measured(s, float64(s.Sample.Own.FDs))
	}},
	{"muster_process_descendants", "Living processes below the slot's own.", "", dto.MetricType_GAUGE, func(s *procs.Slot) (float64, bool) {
		return float64(s.Sample.Processes - 1), measured(s, float64(s.Sample.Processes-1))
	}},
	{"muster_process_output_lines_total", "Lines that the slot has printed.", "", dto.MetricType_COUNTER, func(s *procs.Slot) (float64, bool) {
		return float64(s.Lines), true
	}},
	{"muster_process_output_bytes_total", "Bytes that the slot has printed.", "bytes", dto.MetricType_COUNTER, func(s *procs.Slot) (float64, bool) {
		return float64(s.OutputBytes), true
	}},
}

func measured(s *procs.Slot, v float64) bool {
	return !s.Sample.At.IsZero() && s.State.Live() && v >= 0
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// families returns all metrics of a snapshot.
func families(snap *procs.Snapshot) []*dto.MetricFamily {
	var all []*dto.MetricFamily
	for _, m := range perSlot {
		f := family(m.name, m.help, m.unit, m.kind)
		for i := range snap.Pools {
			for j := range snap.Pools[i].Slots {
				slot := &snap.Pools[i].Slots[j]
				if v, known := m.value(slot); known {
					add(f, v, "pool", slot.ID.Pool, "slot", strconv.Itoa(slot.ID.Slot))
				}
			}
		}
		all = append(all, f)
	}
	state, states := stateFamilies(snap)
	crashes := family("muster_crashes_total", "Runs that ended badly.", "", dto.MetricType_COUNTER)
	add(crashes, float64(snap.Crashes))
	started := family("muster_session_start_time_seconds", "When the session began, in seconds since 1970.", "seconds", dto.MetricType_GAUGE)
	add(started, float64(snap.StartedAt.UnixMilli())/1000, "session", snap.Session)
	all = append(all, state, states, crashes, started)
	return slices.DeleteFunc(all, func(f *dto.MetricFamily) bool { return len(f.Metric) == 0 })
}

// allStates are the states, in the order of a slot's life.
var allStates = []procs.State{procs.Starting, procs.Running, procs.Stopping, procs.BackingOff, procs.Stopped, procs.Failed, procs.Exited}

// stateFamilies returns which state each slot is in, and how many are in each.
func stateFamilies(snap *procs.Snapshot) (state, states *dto.MetricFamily) {
	state = family("muster_process_state", "1 for the state that the slot is in, 0 for the others.", "", dto.MetricType_GAUGE)
	states = family("muster_processes", "Slots by state.", "", dto.MetricType_GAUGE)
	counts := map[procs.State]int{}
	for _, p := range snap.Pools {
		for i := range p.Slots {
			slot := &p.Slots[i]
			counts[slot.State]++
			for _, st := range allStates {
				add(state, truth(slot.State == st), "pool", slot.ID.Pool, "slot", strconv.Itoa(slot.ID.Slot), "state", string(st))
			}
		}
	}
	for _, st := range allStates {
		add(states, float64(counts[st]), "state", string(st))
	}
	return state, states
}

// lockFamilies returns the metrics of a view; none before the first look.
func lockFamilies(v *graph.View) []*dto.MetricFamily {
	if v.At.IsZero() {
		return nil
	}
	waiting := map[procs.PIDRef]bool{}
	var contended, abandoned int
	for i := range v.Locks {
		l := &v.Locks[i]
		switch {
		case l.Contended || l.Deadlocked:
			contended++
		case l.Abandoned:
			abandoned++
		default:
			continue
		}
		for _, w := range l.Waiters {
			waiting[w.PIDRef] = true
		}
	}
	var all []*dto.MetricFamily
	for _, m := range []struct {
		name, help string
		value      int
	}{
		{"muster_waiting_processes", "Processes that wait for a lock that somebody has, or that was abandoned.", len(waiting)},
		{"muster_contended_locks", "Locks that somebody has while others wait.", contended},
		{"muster_abandoned_locks", "Locks that others wait for and whose holder has ended.", abandoned},
		{"muster_deadlocks", "Cycles of threads each of which waits for what the next one has.", len(v.Deadlocks)},
	} {
		f := family(m.name, m.help, "", dto.MetricType_GAUGE)
		add(f, float64(m.value))
		all = append(all, f)
	}
	return all
}

func family(name, help, unit string, kind dto.MetricType) *dto.MetricFamily {
	f := &dto.MetricFamily{Name: &name, Help: &help, Type: &kind}
	if unit != "" {
		f.Unit = &unit
	}
	return f
}

// add adds a sample with labels, given as name, value, name, value.
func add(f *dto.MetricFamily, v float64, labels ...string) {
	m := &dto.Metric{}
	for i := 0; i+1 < len(labels); i += 2 {
		value := valid(labels[i+1])
		m.Label = append(m.Label, &dto.LabelPair{Name: &labels[i], Value: &value})
	}
	if f.GetType() == dto.MetricType_COUNTER {
		m.Counter = &dto.Counter{Value: &v}
	} else {
		m.Gauge = &dto.Gauge{Value: &v}
	}
	f.Metric = append(f.Metric, m)
}
