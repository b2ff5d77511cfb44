package agent

import (
	"runtime"
	"strings"
	"sync"
	"time"
)

// The rates while muster asks: each event of a mutex, and each wait of 10 µs or
// more; of shorter ones a share (runtime.SetBlockProfileRate).
const (
	mutexFraction = 1
	blockRate     = 10_000 // nanoseconds
)

// switches are what is turned on while somebody asks for it. Where the program
// itself has turned it on, it stays as it is.
var switches = map[string]*onDemand{
	"mutex": {
		isOn: func() bool { return runtime.SetMutexProfileFraction(-1) > 0 },
		turn: func(on bool) {
			if on {
				runtime.SetMutexProfileFraction(mutexFraction)
			} else {
				runtime.SetMutexProfileFraction(0)
			}
		},
	},
	"block": {
		isOn: blockIsOn,
		turn: func(on bool) {
			if on {
				runtime.SetBlockProfileRate(blockRate)
			} else {
				runtime.SetBlockProfileRate(0)
			}
		},
	},
}

// onDemand is on while somebody wants it.
type onDemand struct {
	isOn func() bool
	turn func(on bool)

	mu     sync.Mutex
	wanted int
	ours   bool // it was off before
}

// record has a kind of profile recorded until the connection ends; false if
// there is no such kind.
func record(b *body, kind string) bool {
	s := switches[kind]
	if s == nil {
		return false
	}
	s.want(1)
	defer s.want(-1)
	b.begin("200 OK")
	<-hangup(b.conn)
	return true
}

// want adds or takes away one who wants it.
func (s *onDemand) want(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wanted == 0 {
		s.ours = !s.isOn()
	}
	s.wanted += n
	if s.ours && (s.wanted == 0 || s.wanted == n) {
		s.turn(s.wanted > 0)
	}
}

// wait is how long a wait is that is recorded for certain if the program has
// set a usual rate. The runtime does not tell which one it has.
const wait = 10 * time.Millisecond

// blockIsOn finds out whether waiting is being recorded: one waits, and looks
// whether that was.
func blockIsOn() bool {
	before := waits()
	waitOnce()
	return waits() > before
}

//go:noinline
func waitOnce() { <-time.After(wait) }

// waits counts how often waitOnce was recorded.
func waits() (n int64) {
	var list []runtime.BlockProfileRecord
	for size, ok := runtime.BlockProfile(nil); !ok; size, ok = runtime.BlockProfile(list) {
		list = make([]runtime.BlockProfileRecord, size+50)
	}
	for i := range list {
		for frames := runtime.CallersFrames(list[i].Stack()); ; {
			f, more := frames.Next()
			if strings.HasSuffix(f.Function, "/agent.waitOnce") {
				n += list[i].Count
			}
			if !more {
				break
			}
		}
	}
	return n
}
