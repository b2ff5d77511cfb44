package supervisor

import (
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"example.com/muster/procs/spawn"
)

// The test binary plays the guard, and a server: "BINARY serve ADDRESS".
func TestMain(m *testing.M) {
	if spawn.IsGuard(os.Args) {
		os.Exit(spawn.GuardMain())
	}
	if len(os.Args) == 3 && os.Args[1] == "serve" {
		os.Exit(serve(os.Args[2]))
	}
	// Without this every process that was built with -race takes a second to exit.
	if os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE")) != nil {
		os.Exit(2)
	}
	goleak.VerifyTestMain(m)
}

// serve answers until it is killed. It is well once /well has been asked for.
func serve(addr string) int {
	var well atomic.Bool
	http.HandleFunc("/well", func(http.ResponseWriter, *http.Request) { well.Store(true) })
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if !well.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(addr, nil))
	return 1
}
