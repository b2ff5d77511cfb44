package ui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/muster/ui/uitest"
)

// sourcesOfLocks is where the stacks of the invented locks lead to, when the
// preview runs in this directory.
func sourcesOfLocks() string {
	dir, err := filepath.Abs("locks/testdata")
	if err != nil {
		return ""
	}
	return dir
}

// TestMain also shows an invented session in the terminal, for looking at:
//
//	go test -c -o /tmp/ui ./ui && MUSTER_UI_PREVIEW=typical /tmp/ui
func TestMain(m *testing.M) {
	name := os.Getenv("MUSTER_UI_PREVIEW")
	if name == "" {
		os.Exit(m.Run())
	}
	session := map[string]func() *uitest.Session{
		"empty": uitest.Empty, "typical": uitest.Typical, "hostile": uitest.Hostile, "ended": uitest.Ended,
		"many": func() *uitest.Session { return uitest.Many(500) }, "hostile-locks": uitest.HostileLocks,
		"contention": func() *uitest.Session { return uitest.Contention(sourcesOfLocks()) },
		"deadlock":   func() *uitest.Session { return uitest.Deadlocked(sourcesOfLocks()) },
		"abandoned":  func() *uitest.Session { return uitest.AbandonedLock(sourcesOfLocks()) },
		"idle":       uitest.IdlePool, "locks": func() *uitest.Session { return uitest.ManyLocks(30) },
		"not-permitted": uitest.NotPermitted,
	}[name]
	err := Run(context.Background(), Options{Session: session(), Now: func() time.Time { return uitest.Now }})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
