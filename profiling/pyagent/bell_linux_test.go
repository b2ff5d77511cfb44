package pyagent

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestBell: who reads only when it rings has all that was reported, over several
// files.
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
	must(t, a.Remove())
	if a.Bell() != nil {
		t.Error("it would ring when nobody can report any more")
	}
}

// TestBellRingsForWords: it rings once for all that was reported since it rang last,
// and then hears nothing more. Reading is not heard.
func TestBellRingsForWords(t *testing.T) {
	a := install(t)
	b := &bell{rung: make(chan struct{}, 1), done: make(chan struct{}), name: a.reports()}
	must(t, b.listen())
	defer b.file.Close() // nothing was written
	for words := range 3 {
		for range words + 1 {
			say(t, a, `{"t":"more","pid":1}`+"\n")
		}
		must(t, b.turn())
		if n := len(b.rung); n != 1 {
			t.Fatalf("it has rung %d times for %d reports", n, words+1)
		}
		<-b.rung
		if n := len(read(t, a)); n != words+1 {
			t.Errorf("%d reports came, of %d", n, words+1)
		}
		if n, err := unix.IoctlGetInt(int(b.file.Fd()), unix.TIOCINQ); n != 0 || err != nil || len(b.rung) != 0 {
			t.Errorf("it would ring again for %d bytes, %v, or rings for nothing", n, err)
		}
	}
}
