package main

import (
	"fmt"
	"slices"
	"strings"
)

// promise is a figure that the project promises to keep.
type promise struct {
	text   string
	unit   string
	limit  float64
	least  bool // the figure must be at least the limit, else at most
	figure func(samples) []float64
	// judge makes one figure of the repetitions; nil is the median.
	judge func([]float64) float64
}

// verdict tells whether the promise is kept, and by which figure.
func (p promise) verdict(s samples) (figure float64, verdict string) {
	values := p.figure(s)
	if len(values) == 0 {
		return 0, "not measured"
	}
	judge := p.judge
	if judge == nil {
		judge = median
	}
	figure = judge(values)
	if p.least && figure >= p.limit || !p.least && figure <= p.limit {
		return figure, "holds"
	}
	return figure, "**does not hold**"
}

// times is a ratio of the same figure of two cases.
func times(figure, name, base string) func(samples) []float64 {
	return func(s samples) []float64 { return ratio(s.of(name, figure), s.of(base, figure)) }
}

// cpuTimes is the ratio of CPU time, where the guard's counts too.
func cpuTimes(name, base string) func(samples) []float64 {
	return func(s samples) []float64 {
		return ratio(s.sum(name, "cpu_ms_per_s", "guard_cpu_ms_per_s"), s.of(base, "cpu_ms_per_s"))
	}
}

// allCPU is the ratio of all CPU time of muster and its guard to that of a build
// that does not look for crashes.
func allCPU(name string) func(samples) []float64 {
	return func(s samples) []float64 {
		return ratio(s.sum(name, "cpu_s", "guard_cpu_s"), s.sum(name+", without looking", "cpu_s", "guard_cpu_s"))
	}
}

// ownTimes is the ratio of what a program says it took under muster to the
// mean of what it took alone, just before and just after.
func ownTimes(name string) func(samples) []float64 {
	return func(s samples) []float64 {
		before, after := s.of(name+", bare", "own_s"), s.of(name+", bare again", "own_s")
		if len(before) != len(after) {
			return nil
		}
		mean := make([]float64, len(before))
		for i := range before {
			mean[i] = (before[i] + after[i]) / 2
		}
		return ratio(s.of(name+", muster", "own_s"), mean)
	}
}

// ownCPU is the same of the processors' time that it says it has used.
func ownCPU(name string) func(samples) []float64 {
	return func(s samples) []float64 {
		return ratio(s.of(name+", muster", "own_cpu_s"), s.of(name+", bare", "own_cpu_s"))
	}
}

// eachOf is a figure of every case of a section.
func eachOf(prefix, key string) func(samples) []float64 {
	return func(s samples) (all []float64) {
		for _, name := range s.cases {
			if strings.HasPrefix(name, prefix) {
				all = append(all, s.of(name, key)...)
			}
		}
		return all
	}
}

// load is the CPU time of a case in milliseconds for each second that it lasted.
func load(name string) func(samples) []float64 {
	return func(s samples) []float64 {
		all := ratio(s.of(name, "cpu_s"), s.of(name, "wall_s"))
		for i := range all {
			all[i] *= 1000
		}
		return all
	}
}

// cpuOf is the ratio of the loads of two cases.
func cpuOf(name, base string) func(samples) []float64 {
	return func(s samples) []float64 { return ratio(load(name)(s), load(base)(s)) }
}

// beyond is by how much figures of several cases exceed what must be in them.
func beyond(figure string, base float64, names ...string) func(samples) []float64 {
	return func(s samples) []float64 {
		all := worst([]string{figure}, names...)(s)
		for i := range all {
			all[i] -= base
		}
		return all
	}
}

// together adds figures of one case.
func together(name string, figures ...string) func(samples) []float64 {
	return func(s samples) []float64 { return s.sum(name, figures...) }
}

// more is by how much a figure of one case exceeds that of another.
func more(figure, name, base string) func(samples) []float64 {
	return func(s samples) []float64 {
		over, under := s.of(name, figure), s.of(base, figure)
		if len(over) == 0 || len(over) != len(under) {
			return nil
		}
		difference := make([]float64, len(over))
		for i := range over {
			difference[i] = over[i] - under[i]
		}
		return difference
	}
}

// worst is the largest figure of any of several cases.
func worst(figures []string, names ...string) func(samples) []float64 {
	return func(s samples) []float64 {
		var all []float64
		for _, n := range names {
			values := s.sum(n, figures...)
			if len(values) == 0 {
				return nil // one that was not measured might be the worst
			}
			all = append(all, values...)
		}
		return all
	}
}

// floods are the cases of muster that print the flood.
func floods() []string {
	var names []string
	for _, mode := range []string{"pipe", "by-writer", "pty"} {
		for _, where := range []string{"headless", "quiet", "TUI"} {
			names = append(names, fmt.Sprintf("flood/muster %s, %s", mode, where))
		}
	}
	return names
}

// promises are those of the project's issues.
func promises() []promise { return append(floodPromises(), otherPromises()...) }

// floodPromises are those of how long a program takes that prints as fast as it can.
func floodPromises() []promise {
	var all []promise
	for _, name := range floods() {
		base, limit := "flood/CHILD | cat > log", 1.5
		if mode := name[len("flood/muster "):]; mode[:3] == "pty" {
			base, limit = "flood/bare PTY", 1.2
		}
		all = append(all, promise{
			text: name[len("flood/"):] + ": time against " + base[len("flood/"):], unit: "x", limit: limit, figure: times("wall_s", name, base),
		})
	}
	return all
}

// otherPromises are all but those.
func otherPromises() []promise {
	return []promise{
		{
			text: "muster pipe, headless: time against CHILD | tee log > out, which writes as much", unit: "x", limit: 1.5,
			figure: times("wall_s", "flood/muster pipe, headless", "flood/CHILD | tee log > out"),
		},
		{
			text: "flood: lines that are not in the log on disk, whole, once and in order (worst run)", unit: "lines",
			figure: worst([]string{"missing", "torn", "again", "disordered"}, floods()...), judge: slices.Max[[]float64],
		},
		{
			text: "flood: peak RSS of muster and its guard (worst run)", unit: "MiB", limit: 64,
			figure: worst([]string{"peak_mib", "guard_peak_mib"}, floods()...), judge: slices.Max[[]float64],
		},
		{
			text: "a key is answered during the flood (slowest key)", unit: "ms", limit: 100,
			figure: worst([]string{"key_ms"}, "keys/pipe", "keys/by-writer", "keys/pty"), judge: slices.Max[[]float64],
		},
		{
			text: "Python prints 1 M lines: time against python3 -u CHILD | cat > log", unit: "x", limit: 2,
			figure: times("wall_s", "python/muster, headless", "python/python3 -u CHILD | cat > log"),
		},
		{text: "1,000 idle processes: CPU of muster and guard against btop", unit: "x", limit: 0.5, figure: cpuTimes("idle/muster, 1000 processes", "idle/btop, 1000 processes")},
		{text: "10 idle processes: CPU of muster and guard against htop", unit: "x", limit: 1, figure: cpuTimes("idle/muster, 10 processes", "idle/htop, 10 processes")},
		{text: "first full frame against htop's", unit: "x", limit: 1, figure: times("frame_ms", "start/muster", "start/htop")},
		{text: "the same in a terminal that answers nothing", unit: "x", limit: 1, figure: times("frame_ms", "start/muster, mute terminal", "start/htop")},
		{text: "first full frame against btop's", unit: "x", limit: 1, figure: times("frame_ms", "start/muster", "start/btop")},
		{text: "`muster version` in a terminal that answers nothing", unit: "s", limit: 1, figure: together("start/muster version, mute terminal", "wall_s"), judge: slices.Max[[]float64]},
		{text: "RSS of muster and its guard at rest, 10 processes", unit: "MiB", limit: 30, figure: together("idle/muster, 10 processes", "rest_mib", "guard_rest_mib")},
		{text: "100 idle processes: CPU of muster and guard", unit: "ms/s", limit: 10, figure: together("idle/muster, 100 processes", "cpu_ms_per_s", "guard_cpu_ms_per_s")},
		{text: "written to the terminal while nothing runs", unit: "bytes/s", limit: 200, figure: together("screen/nothing runs", "bytes_per_s")},
		{text: "written to the terminal with 50 idle processes", unit: "bytes/s", limit: 10_000, figure: together("screen/50 idle processes", "bytes_per_s")},
		{text: "50 idle processes: CPU of muster and guard", unit: "ms/s", limit: 5, figure: together("screen/50 idle processes", "cpu_ms_per_s", "guard_cpu_ms_per_s")},
		{text: "a frame of 200x60 over 500 processes, all of them measured anew", unit: "ms", limit: 0.5, figure: together("screen/BenchmarkFrame500 of ui", "draw_ms")},
		{text: "a key is answered over 10 million lines (slowest key)", unit: "ms", limit: 100, figure: together("screen/a key over 10 million lines", "key_ms"), judge: slices.Max[[]float64]},
		{text: "a search through 10 million lines in vain, against less, which has 30 s for it", unit: "x", limit: 1, figure: times("last_key_ms", "screen/a search through them", "screen/a search by less")},
		{text: "a CPU-bound program: its own time under muster against bare", unit: "x", limit: 1.01, figure: ownTimes("overhead/spin")},
		{text: "a program that forks 1,000 times a second, likewise", unit: "x", limit: 1.03, figure: ownTimes("overhead/1,000 forks a second")},
		{text: "a program that does nothing but fork, likewise", unit: "x", limit: 1.03, figure: ownTimes("overhead/forks")},
		{text: "a program that takes multiprocessing locks: its own time under muster against bare", unit: "x", limit: 1.01, figure: ownTimes("locks/mp.Lock")},
		{text: "the same without the agent", unit: "x", limit: 1.01, figure: ownTimes("locks/mp.Lock without agent")},
		{text: "a program that takes pthread mutexes, likewise", unit: "x", limit: 1.01, figure: ownTimes("locks/pthread_mutex")},
		{text: "a program that takes flock, likewise", unit: "x", limit: 1.01, figure: ownTimes("locks/flock")},
		{text: "looking at 200 processes with 400 threads: CPU of muster and guard", unit: "ms/s", limit: 20, figure: together("locks/looking", "cpu_ms_per_s", "guard_cpu_ms_per_s")},
		{text: "a fresh hang is told", unit: "s", limit: 2, figure: together("locks/fresh hang", "wall_s")},
		{text: "looking for crashes in a flood of ordinary lines: CPU of muster against a build that does not look", unit: "x", limit: 1.05, figure: allCPU("crashes/ordinary lines")},
		{text: "the same where every hundredth line begins a traceback", unit: "x", limit: 1.05, figure: allCPU("crashes/tracebacks")},
		{text: "a crash is on screen (slowest)", unit: "ms", limit: 200, figure: together("crashes/on screen", "since_ms"), judge: slices.Max[[]float64]},
		{text: "50 restarts after 2,000 lines of tracebacks, against ordinary lines", unit: "x", limit: 1.1, figure: times("wall_s", "crashes/restarts, tracebacks", "crashes/restarts, ordinary lines")},
		{text: "processes started and reaped a second, with muster's own start and end", unit: "/s", limit: 2000, least: true, figure: together("spawn/muster run -n 2000 true", "per_s")},
		{text: "the same against a bare Go loop", unit: "x", limit: 0.8, least: true, figure: times("per_s", "spawn/muster run -n 2000 true", "spawn/bare")},
		{text: "100 trivial pools, with muster's own start and end, against a bare loop", unit: "x", limit: 1.5, figure: times("wall_s", "pools/muster up, 100 pools", "pools/bare loop")},
		{text: "map: a command for each item against GNU parallel", unit: "x", limit: 8, least: true, figure: times("per_s", "map/muster map -j2 true", "map/parallel -j2 true")},
		{text: "the same against xargs -P", unit: "x", limit: 0.9, least: true, figure: times("per_s", "map/muster map -j2 true", "map/xargs -P2 -n1 true")},
		{text: "map: a Python function, one item at a time, against Pool.imap_unordered", unit: "x", limit: 5, least: true, figure: times("per_s", "map/muster --py, --chunksize 1", "map/Pool(2).imap_unordered")},
		{text: "the same with chunks that are measured", unit: "x", limit: 10, least: true, figure: times("per_s", "map/muster --py", "map/Pool(2).imap_unordered")},
		{text: "map: a persistent worker against a Go program that does nothing else", unit: "x", limit: 0.6, least: true, figure: times("per_s", "map/muster --worker bytes", "map/bare Go parent over pipes")},
		{text: "map: peak RSS over 10 million items", unit: "MiB", limit: 100, figure: together("map/10 million items", "peak_mib")},
		{text: "`muster attach`: first frame", unit: "ms", limit: 100, figure: together("attach/first frame", "frame_ms")},
		{text: "10 attached screens when nothing changes: what they cost the session", unit: "ms/s", limit: 30, figure: more("cpu_ms_per_s", "attach/session, 10 attached", "attach/session, 0 attached")},
		{text: "a literal in a log of 1 GiB: time against grep -F", unit: "x", limit: 2, figure: times("wall_s", "search/muster logs --grep, a literal", "search/grep -F")},
		{text: "a simple expression there: time against grep -F", unit: "x", limit: 2, figure: times("wall_s", "search/muster logs --grep, an expression", "search/grep -F")},
		{text: "a simple expression in upper or lower case: time against grep -iF", unit: "x", limit: 2, figure: times("wall_s", "search/muster logs --grep, either case", "search/grep -iF")},
		{text: "a literal there: time against ripgrep", unit: "x", limit: 2, figure: times("wall_s", "search/muster logs --grep, a literal", "search/rg -F")},
		{text: "a pool of 4 Python programs: from the end of the second that was chosen to the flame graph (slowest)", unit: "ms", limit: 1000, figure: beyond("last_key_ms", 1000, "profile/Python"), judge: slices.Max[[]float64]},
		{text: "the same of Go by endpoint, by agent, by the kernel, and of a mixed pool (slowest)", unit: "ms", limit: 1000, figure: beyond("last_key_ms", 1000, "profile/Go by endpoint", "profile/Go by muster's agent", "profile/Go by the kernel", "profile/Python and Go"), judge: slices.Max[[]float64]},
		{text: "shares of a profile against the truth, Python, Go and C (worst of all)", unit: "points", limit: 3, figure: eachOf("accuracy/", "off_points"), judge: slices.Max[[]float64]},
		{text: "samples that could not be read (worst of all)", unit: "%", limit: 1, figure: eachOf("accuracy/", "unreadable_percent"), judge: slices.Max[[]float64]},
		{text: "8 Python programs that are sampled at 99 Hz: their own time against bare", unit: "x", limit: 1.02, figure: ownTimes("sampling/8 programs")},
		{text: "the same of the processors' time that they use", unit: "x", limit: 1.02, figure: ownCPU("sampling/8 programs")},
		{text: "muster's CPU meanwhile", unit: "ms/s", limit: 30, figure: load("sampling/8 programs, muster")},
		{text: "the same against austin's", unit: "x", limit: 1, figure: cpuOf("sampling/8 programs, muster", "sampling/8 programs, austin")},
		{text: "a profile of 50 MB: time to its flame graph against go tool pprof -top", unit: "x", limit: 2, figure: times("wall_s", "pprof/muster profile view, a flame graph", "pprof/go tool pprof -top")},
	}
}
