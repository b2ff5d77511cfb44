package pyagent

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseDump(t *testing.T) {
	const dump = `Thread 0x00007f00dd1ff6c0 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 320 in wait
  File "/srv/a, line 3 in b.py", line 12 in <lambda>

Current thread 0x00007f00dd3d2080 [python3 \u20ac] (most recent call first):
  Garbage-collecting
  File "/srv/\xfc\u20ac\U0001f600\q\x", line ??? in main
  File ???, line 7 in ???
  ...
Extension modules: _x (total: 1)
Thread 0xzz (most recent call first):
  File "/srv/last.py", line 1 in <module>
`
	want := []ThreadStack{
		{Thread: 0x7f00dd1ff6c0, Frames: []Frame{{"/usr/lib/python3.11/threading.py", 320, "wait"}, {"/srv/a, line 3 in b.py", 12, "<lambda>"}}},
		{Thread: 0x7f00dd3d2080, Name: "python3 €", Current: true, Frames: []Frame{
			{"/srv/ü€😀\\q\\x", 0, "main"}, {"???", 7, "???"}, {"/srv/last.py", 1, "<module>"},
		}},
	}
	if got := parseDump([]byte(dump)); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	// A late answer and a new one: the new one counts.
	twice := "Thread 0x1 (most recent call first):\n  File \"a\", line 1 in a\n"
	if got := parseDump([]byte(twice + strings.ReplaceAll(twice, "in a", "in b"))); len(got) != 1 || got[0].Frames[0].Function != "b" {
		t.Errorf("twice: %+v", got)
	}
	if got := want[0].Frames[1].String() + "; " + want[1].Frames[0].String(); got != "a, line 3 in b.py:12 <lambda>; ü€😀\\q\\x main" {
		t.Errorf("as text: %q", got)
	}
}

func FuzzParseDump(f *testing.F) {
	f.Add("Current thread 0x1 [n] (most recent call first):\n  File \"a\", line 1 in b\n")
	f.Add("Thread 0x1 (most recent call first):\n  File \"\\x4\\U99999999\\u\", line ??? in \\\n")
	f.Fuzz(func(t *testing.T, dump string) {
		threads := parseDump([]byte(dump))
		if len(threads) > maxThreads {
			t.Fatalf("%d threads", len(threads))
		}
		for _, s := range threads {
			if len(s.Frames) > maxFrames {
				t.Fatalf("%d frames", len(s.Frames))
			}
			for _, f := range s.Frames {
				if f.File == "" || f.Function == "" || f.Line < 0 {
					t.Fatalf("frame %+v", f)
				}
			}
		}
	})
}
