package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/google/pprof/driver"
	"github.com/google/pprof/profile"
	"github.com/spf13/cobra"

	"example.com/muster/ui/draw"
)

func (a *app) profileServeCommand() *cobra.Command {
	var port uint16
	var open bool
	cmd := &cobra.Command{
		Use:   "serve [--port N] [--open] FILE",
		Short: "Show a profile in a browser: the web pages of pprof",
		Long: "Serve prints the address of pprof's web pages for a profile, with its flame graph, graph, source and\n" +
			"disassembly. They are served on 127.0.0.1 until Ctrl-C, to this machine only; nothing is asked of the network.\n" +
			"The graph needs graphviz (dot). - is standard input.",
		Example:               "  muster profile serve cpu.pb.gz\n  muster profile serve --port 8080 --open cpu.pb.gz",
		DisableFlagsInUseLine: true,
		Args:                  oneFile("muster profile serve cpu.pb.gz"),
		ValidArgsFunction:     completeProfiles(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags(), "open", "port"); err != nil {
				return err
			}
			return a.profileServe(cmd.Context(), args[0], port, open)
		},
	}
	cmd.Flags().Uint16Var(&port, "port", 0, "port on 127.0.0.1 (default: one that is free)")
	cmd.Flags().BoolVar(&open, "open", false, "open the browser, too")
	return cmd
}

func (a *app) profileServe(ctx context.Context, file string, port uint16, open bool) error {
	p, err := a.readProfile(file)
	if err != nil {
		return err
	}
	a.ran = true
	pages, err := servePages(ctx, p, filepath.Base(file), port, a.stderr)
	if err != nil {
		a.code = codeFailed
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", pages.URL)
	if err == nil && open {
		err = openBrowser(pages.URL)
	}
	return errors.Join(unlessClosed(err), pages.Wait())
}

// openBrowser shows a page in the user's browser.
func openBrowser(url string) error {
	opener := "xdg-open"
	if runtime.GOOS == "darwin" {
		opener = "open"
	}
	if err := exec.Command(opener, url).Start(); err != nil { // it goes on without muster
		return hinted(fmt.Errorf("cannot open a browser: %w", err), "open "+url)
	}
	return nil
}

// pprofPages are pprof's web pages for one profile.
type pprofPages struct {
	URL  string
	done chan error
}

// Wait returns when the pages are served no longer.
func (p *pprofPages) Wait() error { return <-p.done }

// servePages serves pprof's web pages for a profile on 127.0.0.1 until the
// context is over. Port 0 is one that is free. What pprof has to say goes to log.
//
// Symbols are looked up in local files, and only if the profile has places
// without any; the network is asked nothing.
func servePages(ctx context.Context, p *profile.Profile, name string, port uint16, log io.Writer) (*pprofPages, error) {
	ln, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		hint := ""
		if port != 0 {
			hint = "without --port, one that is free is taken"
		}
		return nil, hinted(fmt.Errorf("cannot serve on port %d: %w", port, bareNetError(err)), hint)
	}
	symbols := "none"
	for _, l := range p.Location {
		if len(l.Line) == 0 && l.Address != 0 {
			symbols = "local"
		}
	}
	pages := &pprofPages{URL: "http://" + ln.Addr().String() + "/ui/", done: make(chan error, 1)}
	ready := make(chan struct{})
	options := &driver.Options{
		Flagset:       newPprofFlags("-http="+ln.Addr().String(), "-no_browser", "-symbolize="+symbols, "--", name),
		Fetch:         fetched{p},
		UI:            quietUI{log},
		HTTPTransport: noNetwork{},
		HTTPServer: func(args *driver.HTTPServerArgs) error {
			close(ready)
			return serveHandlers(ctx, ln, args.Handlers)
		},
	}
	go func() { // ends with ctx; Wait waits for it
		err := driver.PProf(options)
		_ = ln.Close() // it is closed, unless pprof has failed before
		pages.done <- err
	}()
	select {
	case <-ready:
		return pages, nil
	case err := <-pages.done:
		return nil, fmt.Errorf("cannot serve %s: %w", name, err)
	}
}

// bareNetError is an error of a socket without its address.
func bareNetError(err error) error {
	if s, ok := errors.AsType[*os.SyscallError](err); ok {
		return s.Err
	}
	return err
}

// serveHandlers serves below /ui/, where pprof expects its pages, until the
// context is over. Whoever comes by another name than that of this machine is
// sent away: a page of a stranger's may have had it resolved to 127.0.0.1.
func serveHandlers(ctx context.Context, ln net.Listener, handlers map[string]http.Handler) error {
	mux := http.NewServeMux()
	mux.Handle("/ui/", http.StripPrefix("/ui", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if h := handlers[req.URL.Path]; h != nil {
			h.ServeHTTP(w, req)
			return
		}
		http.NotFound(w, req)
	})))
	mux.Handle("/{$}", http.RedirectHandler("/ui/", http.StatusTemporaryRedirect))
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		host, _, err := net.SplitHostPort(req.Host)
		if err != nil || host != "127.0.0.1" && host != "localhost" {
			http.Error(w, "muster serves this to 127.0.0.1 only", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, req)
	})}
	over := context.AfterFunc(ctx, func() { _ = server.Close() }) // Serve returns
	defer over()
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// fetched is a profile that pprof need not fetch.
type fetched struct{ p *profile.Profile }

// Fetch returns the profile.
func (f fetched) Fetch(string, time.Duration, time.Duration) (*profile.Profile, string, error) {
	return f.p, "", nil
}

// noNetwork answers no request.
type noNetwork struct{}

// RoundTrip fails.
func (noNetwork) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("muster asks nothing of the network")
}

// quietUI writes what pprof complains of.
type quietUI struct{ log io.Writer }

// ReadLine has nobody to ask.
func (quietUI) ReadLine(string) (string, error) { return "", io.EOF }

// Print leaves out where the pages are: muster says it.
func (quietUI) Print(...any) {}

// PrintErr writes a complaint as one line.
func (u quietUI) PrintErr(args ...any) {
	_, _ = fmt.Fprintln(u.log, draw.Plain([]byte(strings.TrimSpace(fmt.Sprint(args...))), 300)) // if nobody reads, nobody reads
}

// IsTerminal is false.
func (quietUI) IsTerminal() bool { return false }

// WantBrowser is false.
func (quietUI) WantBrowser() bool { return false }

// SetAutoComplete has nothing to complete.
func (quietUI) SetAutoComplete(func(string) string) {}

// pprofFlags are pprof's flags, with values that muster gives.
type pprofFlags struct {
	*flag.FlagSet
	args []string
}

func newPprofFlags(args ...string) *pprofFlags {
	set := flag.NewFlagSet("pprof", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return &pprofFlags{set, args}
}

// StringList makes a flag of which pprof takes several.
func (f *pprofFlags) StringList(name, value, usage string) *[]*string {
	return &[]*string{f.String(name, value, usage)}
}

// ExtraUsage is nothing.
func (f *pprofFlags) ExtraUsage() string { return "" }

// AddExtraUsage has nowhere to add it.
func (f *pprofFlags) AddExtraUsage(string) {}

// Parse sets the flags, and returns what is left: the name of the profile.
func (f *pprofFlags) Parse(func()) []string {
	if f.FlagSet.Parse(f.args) != nil {
		return nil
	}
	return f.Args()
}
