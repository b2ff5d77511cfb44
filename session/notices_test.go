package session

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A warning that is renewed stays where it was, unless that is news; of one that has given way
// meanwhile the newer text is told.
func TestNoticesAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var l noticeLog
		check := func(want string) {
			t.Helper()
			got := ""
			for _, n := range l.copy() {
				got += fmt.Sprintf("%s at %v, %v; ", n.Text, n.At.Sub(begin), n.Said().Sub(begin))
			}
			if got != want {
				t.Errorf("there are %s, want %s", got, want)
			}
		}
		l.add("1 lost")
		l.add("other")
		time.Sleep(time.Second)
		before := l.copy()
		l.renew("1 lost", "2 lost", false)
		check("2 lost at 0s, 1s; other at 0s, 0s; ")
		if before[0].Text != "1 lost" {
			t.Error("what was taken has changed")
		}
		time.Sleep(time.Second)
		l.renew("2 lost", "2 lost", true)
		check("other at 0s, 0s; 2 lost at 2s, 2s; ")
		time.Sleep(time.Second)
		l.renew("1 lost", "3 lost", false)
		check("other at 0s, 0s; 2 lost at 2s, 2s; 3 lost at 3s, 3s; ")
	})
}
