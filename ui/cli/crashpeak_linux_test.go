package cli

import (
	"strings"
	"testing"

	"example.com/muster/profiling"
	"example.com/muster/session"
)

// peakProgram has a worker that has had 64 MiB and given them back, and one that dies
// at once. The first dies when the file that it is told is there.
const peakProgram = `
import multiprocessing, os, signal, sys, time

def die():
    os.kill(os.getpid(), signal.SIGSEGV)

def big():
    bytearray(64 << 20)
    print("ready", flush=True)
    while not os.path.exists(sys.argv[1]):
        sum(range(10_000))
    die()

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    process = context.Process(target=big, name="big")
    process.start()
    process.join()
    process = context.Process(target=die, name="brief")
    process.start()
    process.join()
    die()
`

// TestPeakOfMemory: a crash says how much memory its process has had at most: of the
// slot's own exactly, of a descendant as last seen, and of one that nobody has
// looked at nothing, which the coverage tells.
func TestPeakOfMemory(t *testing.T) {
	gate := newGate(t)
	p := start(t, []string{"--session", "peak", "--interval", "100ms"}, inPython(t, peakProgram, string(gate)))
	looks, share := 0, -1.0 // how often it was looked at after it was ready, and what the last look said
	awaitState(t, p, "peak", func(ps session.PS) bool {
		slot := &ps.Pools[0].Processes[0]
		for _, d := range slot.Descendants {
			if strings.Contains(slot.LastLine, "ready") && d.CPUPercent != nil && *d.CPUPercent != share {
				looks, share = looks+1, *d.CPUPercent
			}
		}
		return looks > 2
	})
	gate.open(t)
	r := p.end(t)
	told := map[string]*session.CrashJSON{}
	for i := range r.report.Crashes {
		c := &r.report.Crashes[i]
		told[c.Process[strings.LastIndexByte(c.Process, '/')+1:]] = c
	}
	is := func(name string, least, most int64, evidence profiling.Evidence) {
		t.Helper()
		c := told[name]
		if c == nil || c.PeakRSSBytes == nil || *c.PeakRSSBytes < least || *c.PeakRSSBytes > most || *c.PeakRSSEvidence != evidence {
			t.Errorf("%s: %s", name, asText(c))
		}
	}
	is("big", 64<<20, 96<<20, profiling.Sampled)
	is("0", 64<<20, 96<<20, profiling.Exact) // with children that were waited for: getrusage(2)
	brief := told["brief"]
	if brief == nil {
		t.Fatalf("there is no such crash in %s", asText(r.report.Crashes))
	}
	note := ""
	for _, c := range r.report.Coverage {
		if c.Source == "peak_rss" {
			note = c.Note
		}
	}
	if unknown := brief.PeakRSSBytes == nil; unknown != strings.Contains(note, "1 process ended before anybody looked") || !unknown && *brief.PeakRSSBytes > 48<<20 {
		t.Errorf("coverage %q of %s", note, asText(brief))
	}
}
