package crashcorpus_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/session"
)

const (
	crashPatience    = 2 * time.Minute // for a program, on a busy machine
	stayingPatience  = time.Minute     // until all is told of one that does not end by itself
	reportedPatience = 5 * time.Second // the same, where something never will be
	notPermitted     = 77              // the code of a program that this machine does not permit
)

// play runs a program under muster, and compares what both say.
func (c *crashCorpus) play(t *testing.T, which crashPlay) {
	argv := which.argv(t)
	dir, err := os.MkdirTemp(c.path("runs"), "") // short: names of Unix sockets come to lie in it
	if err != nil {
		t.Fatal(err)
	}
	why, known := reportedCrashes[which.key]
	if !known {
		why, known = reportedCrashes[which.name]
	}
	p := &playedCrash{dir: dir, staying: stayingPatience}
	if known {
		p.staying = reportedPatience
	}
	faults := p.run(t, argv)
	if faults == nil {
		return
	}
	if known {
		t.Logf("not right yet: %s\n%s", why, strings.Join(*faults, "\n"))
		return
	}
	if len(*faults) > 0 {
		t.Errorf("%s\nit printed:\n%s", strings.Join(*faults, "\n"), tail(p.output.String()))
	}
}

// playedCrash is a program that muster runs.
type playedCrash struct {
	dir     string
	staying time.Duration
	output  strings.Builder
}

// run returns what is wrong with the report, nil if the program may not be run here.
func (p *playedCrash) run(t *testing.T, argv []string) *[]string {
	ctx, cancel := context.WithTimeout(context.Background(), crashPatience)
	defer cancel()
	report := filepath.Join(p.dir, "report.json")
	cmd := p.muster(ctx, append([]string{"run", "--no-tui", "--name", "crash", "--report", report, "--log-dir", p.dir + "/logs", "--grace", "2s", "--"}, argv...)...)
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // how it ended is in the report
	}()
	p.endStaying(t, ended, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	<-ended
	if cmd.ProcessState.ExitCode() == notPermitted {
		t.Log("not permitted here: " + tail(p.output.String()))
		return nil
	}
	if ctx.Err() != nil {
		t.Errorf("it did not end in %v", crashPatience)
	}
	return p.judge(t, report)
}

func (p *playedCrash) muster(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "RUST_BACKTRACE=") && !strings.HasPrefix(e, "GOTRACEBACK=") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, playMuster+"=1", "XDG_RUNTIME_DIR="+p.dir, "XDG_STATE_HOME="+p.dir+"/state", "TMPDIR="+p.dir,
		"TRUTH="+p.dir+"/truth", "PYTHONDONTWRITEBYTECODE=1")
	return cmd
}

// endStaying ends a program that does not end by itself, once all its crashes are told.
func (p *playedCrash) endStaying(t *testing.T, ended <-chan struct{}, stop func()) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(p.staying)
	for {
		if said := p.truth(t); said.stays && len(said.compare(p.ask())) == 0 {
			stop()
			return
		}
		select {
		case <-ended:
			return
		case <-limit:
			if p.truth(t).stays {
				stop()
				return
			}
			limit = nil
		case <-tick.C:
		}
	}
}

// ask asks the running session for its crashes; there may be none yet.
func (p *playedCrash) ask() []session.CrashJSON {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	out, err := p.muster(ctx, "crashes", "--json").Output()
	var answer session.CrashesJSON
	if err != nil || json.Unmarshal(out, &answer) != nil {
		return nil
	}
	return answer.Crashes
}

func (p *playedCrash) truth(t *testing.T) crashTruth {
	b, err := os.ReadFile(filepath.Join(p.dir, "truth"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	said, err := readCrashTruth(b)
	if err != nil {
		t.Fatal(err)
	}
	return said
}

// judge compares the truth with the report.
func (p *playedCrash) judge(t *testing.T, report string) *[]string {
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatalf("no report: %v; it printed\n%s", err, tail(p.output.String()))
	}
	var told struct{ Crashes []session.CrashJSON }
	if err := json.Unmarshal(b, &told); err != nil {
		t.Fatal(err)
	}
	said := p.truth(t)
	faults := said.compare(told.Crashes)
	if len(said.crashes) == 0 && !said.reached {
		faults = append(faults, "the program has not done what it should")
	}
	return &faults
}
