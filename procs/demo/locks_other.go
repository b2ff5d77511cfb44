//go:build !linux

package demo

import (
	"fmt"
	"time"
)

func serve(d time.Duration) { time.Sleep(d) }

func workAbandoned(w worker) {
	_, _ = fmt.Fprintln(w.err, "this demo is made of a futex, which only Linux has")
	time.Sleep(time.Hour)
}

func workHeir(worker) {}
