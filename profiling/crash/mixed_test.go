package crash

import "testing"

// TestMixedInOneStream lets two programs of one kind end at the same time in a
// terminal, line by line in turns. Nothing of the one may be said of the other,
// and nothing that may be mixed without saying so.
func TestMixedInOneStream(t *testing.T) {
	for name, tt := range map[string]struct{ a, b, want string }{
		"go": {
			"panic: boom\n\ngoroutine 1 [running]:\nmain.f()\n\t/app/a.go:3 +0x1\nmain.main()\n\t/app/a.go:9 +0x1\n",
			"panic: bang\n\ngoroutine 1 [running]:\nmain.g()\n\t/app/b.go:4 +0x1\nmain.main()\n\t/app/b.go:8 +0x1\n",
			"panic: bang [cut]",
		},
		"rust": {
			"\nthread 'main' panicked at a.rs:3:1:\nboom\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
			"\nthread 'main' panicked at b.rs:4:1:\nbang\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
			"panic, at a.rs:3 [cut]; panic, at b.rs:4 [cut]",
		},
		"c++": {
			"terminate called after throwing an instance of 'A'\n  what():  boom\n",
			"terminate called after throwing an instance of 'B'\n  what():  bang\n",
			"A; B [cut]",
		},
		"address sanitizer": {
			"==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1 at pc 0x2\nREAD of size 4 at 0x1 thread T0\n    #0 0x55 in f /app/a.c:7:9\n    #1 0x56 in main /app/a.c:9:9\n\nSUMMARY: AddressSanitizer: heap-use-after-free /app/a.c:7:9 in f\n==7==ABORTING\n",
			"==8==ERROR: AddressSanitizer: stack-overflow on address 0x3 at pc 0x4\nWRITE of size 1 at 0x3 thread T0\n    #0 0x57 in g /app/b.c:3:9\n    #1 0x58 in main /app/b.c:5:9\n\nSUMMARY: AddressSanitizer: stack-overflow /app/b.c:3:9 in g\n==8==ABORTING\n",
			"heap-use-after-free [cut]; stack-overflow [cut]",
		},
		"faulthandler": {
			"Fatal Python error: Segmentation fault\n\nCurrent thread 0x1 (most recent call first):\n  File \"a.py\", line 3 in f\n  File \"a.py\", line 5 in <module>\n",
			"Fatal Python error: Aborted\n\nCurrent thread 0x2 (most recent call first):\n  File \"b.py\", line 4 in g\n  File \"b.py\", line 6 in <module>\n",
			"Fatal Python error: Segmentation fault [cut]; Fatal Python error: Aborted [cut]",
		},
		"go race": {
			"==================\nWARNING: DATA RACE\nWrite at 0x1 by goroutine 7:\n  main.f()\n      /app/a.go:3 +0x1\n\nPrevious read at 0x1 by goroutine 8:\n  main.g()\n      /app/a.go:4 +0x1\n==================\n",
			"==================\nWARNING: DATA RACE\nRead at 0x2 by goroutine 9:\n  main.h()\n      /app/b.go:3 +0x1\n\nPrevious write at 0x2 by goroutine 5:\n  main.i()\n      /app/b.go:4 +0x1\n==================\n",
			"data race [cut]; data race [cut]",
		},
	} {
		apart := Parse(interleaved([]int{7, 8}, tt.a, tt.b))
		if len(apart) != 2 || apart[0].Cut || apart[1].Cut {
			t.Errorf("%s, with pids: %s", name, told(apart))
		}
		found := Parse(interleaved([]int{0, 0}, tt.a, tt.b))
		if h := headlines(found); h != tt.want {
			t.Errorf("%s: %s\n%s", name, h, told(found))
		}
	}
}
