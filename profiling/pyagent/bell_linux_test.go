package pyagent

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestBell: who reads only when it rings has all that was reported, over several
// files; and it does not ring for nothing.
func TestBell(t *testing.T) {
	a := install(t)
	bell := a.Bell()
	if bell == nil || bell != a.Bell() {
		t.Fatal("no bell, or two")
	}
	const most = 5000
	long := strings.Repeat("x", 1000)
	go func() { // ends when it has written
		for i := range most {
			say(t, a, fmt.Sprintf(`{"t":"more","pid":%d,"x":%q}`+"\n", i+1, long))
		}
	}()
	for got, late := 0, time.After(time.Minute); got < most; {
		select {
		case <-bell:
			got += len(read(t, a))
		case <-late:
			t.Fatalf("it does not ring; %d of %d came", got, most)
		}
	}
	for len(read(t, a)) > 0 {
	}
	time.Sleep(5 * turnPatience) // what has rung for words that were read already
	select {
	case <-bell:
	default:
	}
	time.Sleep(5 * bellRest)
	select {
	case <-bell:
		t.Error("it rings for nothing")
	default:
	}
	must(t, a.Remove())
	if a.Bell() != nil {
		t.Error("it would ring when nobody can report any more")
	}
}
