package spawn

import (
	"context"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Two hundred starts, some of which fail, leave no goroutine, no descriptor
// and no process, here or in the guard.
func TestNoLeaks(t *testing.T) {
	before := goleak.IgnoreCurrent()
	fds := openFDs(t)
	g, err := StartGuard(GuardOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wait(t, launch(t, g, "true"))
	guardFDs := func() int {
		names, err := os.ReadDir("/proc/" + pidText(g.PID()) + "/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	inGuard := guardFDs()
	for i := range 200 {
		s, err := Open(allModes[i%3], StreamOptions{})
		if err != nil {
			t.Fatal(err)
		}
		pumped := make(chan struct{})
		go func() {
			defer close(pumped)
			s.Pump((&recorder{}).sink)
		}()
		argv := []string{"true"}
		if i%10 == 0 {
			argv = []string{"/nope"}
		}
		p, err := g.Start(context.Background(), Command{Argv: argv, Env: os.Environ(), Streams: s})
		if (err != nil) != (i%10 == 0) {
			t.Fatal(err)
		}
		if err == nil {
			wait(t, p)
			s.Drain(time.Second)
		}
		s.Close()
		<-pumped
	}
	eventually(t, 5*time.Second, "the guard has closed everything", func() bool { return guardFDs() <= inGuard })
	if err := g.CloseNow(context.Background()); err != nil {
		t.Error(err)
	}
	if now := openFDs(t); now > fds {
		t.Errorf("%d descriptors, %d before", now, fds)
	}
	goleak.VerifyNone(t, before)
}
