package ui

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"example.com/muster/ui/uitest"
)

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
		"many": func() *uitest.Session { return uitest.Many(500) },
	}[name]
	err := Run(context.Background(), Options{Session: session(), Now: func() time.Time { return uitest.Now }})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
