package crash

import (
	"testing"

	"example.com/muster/procs"
)

// checkAnything holds of whatever is found in any text.
func checkAnything(t *testing.T, lines []procs.Line, found []Words) {
	t.Helper()
	for i := range found {
		w := &found[i]
		if w.Exception == nil || w.From >= w.To || int(w.To) > len(lines) {
			t.Fatalf("%+v of %d lines", w, len(lines))
		}
		if w.Logged && w.Scope == EndsProcess {
			t.Fatalf("logged, but ends the process: %s", told(found))
		}
		for _, e := range exceptions(w.Exception) {
			if len(e.Message) > MaxMessage || len([]rune(e.Headline())) > maxHeadline || len(e.Frames) > maxFrames {
				t.Fatalf("not bounded: %d bytes, %d frames, %q", len(e.Message), len(e.Frames), e.Headline())
			}
			for _, r := range e.Headline() {
				if r < ' ' || r == 0x7f {
					t.Fatalf("%q", e.Headline())
				}
			}
			e.GroupKey()
		}
	}
}

// fuzzFormat seeds a target with the recorded texts of one format. Each is also
// read as if two writers had shared it, and behind a prefix.
func fuzzFormat(f *testing.F, folder string) {
	for _, text := range recorded(f, folder) {
		f.Add(text, byte(0))
		f.Add(text, byte(3))
	}
	f.Fuzz(func(t *testing.T, text []byte, how byte) {
		lines := asLines(text)
		for i := range lines {
			switch how % 4 {
			case 1:
				lines[i].PID = i % 2
			case 2:
				lines[i].Cut = i%3 == 0
			case 3:
				lines[i].Text = append([]byte("web-1  | "), lines[i].Text...)
			}
		}
		checkAnything(t, lines, Parse(lines))
	})
}

func FuzzParse(f *testing.F)           { fuzzFormat(f, "*") }
func FuzzPythonTraceback(f *testing.F) { fuzzFormat(f, "python_traceback") }
func FuzzGoPanic(f *testing.F)         { fuzzFormat(f, "gopanic") }
func FuzzGoRace(f *testing.F)          { fuzzFormat(f, "gorace") }
func FuzzFaulthandler(f *testing.F)    { fuzzFormat(f, "faulthandler") }

func FuzzNode(f *testing.F)      { fuzzFormat(f, "node") }
func FuzzRust(f *testing.F)      { fuzzFormat(f, "rust") }
func FuzzCPP(f *testing.F)       { fuzzFormat(f, "cpp") }
func FuzzGlibc(f *testing.F)     { fuzzFormat(f, "glibc") }
func FuzzSanitizer(f *testing.F) { fuzzFormat(f, "sanitizer") }
