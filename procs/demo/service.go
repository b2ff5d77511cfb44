package demo

import (
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
)

// warmUp is how long the service needs until it answers well, and rest how
// often it needs that again.
const (
	warmUp = 4 * time.Second
	rest   = 40 * time.Second
)

// shapeWeb is a service that tells whether it is ready.
func shapeWeb(s *procs.Spec) {
	s.Env = []string{"PORT={port}"}
	s.Ready = &procs.Probe{HTTP: "http://127.0.0.1:{port}/healthz", Failures: 2}
}

// workWeb answers GET /healthz on $PORT with 503 while it warms up, else with 200.
func workWeb(w worker) {
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		w.say("cannot listen: %v", err)
		return
	}
	w.say("listening on %s", ln.Addr())
	var warm atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(answer http.ResponseWriter, _ *http.Request) {
		if !warm.Load() {
			answer.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	server := http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(ln) }() // until the process ends
	for {
		w.say("warming the cache, not ready")
		time.Sleep(warmUp)
		warm.Store(true)
		w.say("ready")
		w.pause(rest)
		warm.Store(false)
	}
}

// shapeOrders waits for the service.
func shapeOrders(s *procs.Spec) {
	s.DependsOn = []procs.Dependency{{Pool: "web", On: procs.OnReady}}
}

func workOrders(w worker) {
	w.say("web is ready, so orders are taken")
	for n := 1; ; n++ {
		w.pause(700 * time.Millisecond)
		w.say("order %d: %d pieces", n, 1+w.rand.IntN(9))
	}
}
