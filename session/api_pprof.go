package session

import (
	"context"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"
)

// pprofPath is where muster tells of itself, if it was asked to at its start.
const pprofPath = "/debug/pprof/"

// withPprof serves muster's own profiles, as net/http/pprof does, beside what
// others answer. A profile may take longer than another answer.
func withPprof(others http.Handler) http.Handler {
	own := http.NewServeMux()
	own.HandleFunc(pprofPath, pprof.Index)
	own.HandleFunc(pprofPath+"cmdline", pprof.Cmdline)
	own.HandleFunc(pprofPath+"profile", pprof.Profile)
	own.HandleFunc(pprofPath+"symbol", pprof.Symbol)
	own.HandleFunc(pprofPath+"trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, pprofPath) {
			others.ServeHTTP(w, r)
			return
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // our own connections have deadlines
		// The handlers refuse what lasts longer than the server's deadline.
		ctx := context.WithValue(r.Context(), http.ServerContextKey, &http.Server{ReadHeaderTimeout: headerPatience})
		own.ServeHTTP(w, r.WithContext(ctx))
	})
}
