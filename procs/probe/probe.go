// Package probe asks a process whether it does its work: by a command, an HTTP
// request, a TCP connection, or by waiting for a line of its output.
//
// [Try] asks once; when to ask, and what several answers amount to, is decided
// by lifecycle.Check. [Lines] watches output as it arrives.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"example.com/muster/procs"
)

// Exec runs a command of a probe to its end, and returns the last line that it
// printed, fit to be shown. When ctx ends first, the command and what it started
// are killed, and the error is ctx's cause.
type Exec func(ctx context.Context, argv []string) (e procs.Exit, said string, err error)

// Try asks once and waits for the answer, p.Timeout at the longest. A nil
// error says yes; any other says in words for people what was asked and what
// came back: "exec ./check exits 1: no such table", "tcp 127.0.0.1:5432: connection refused".
func Try(ctx context.Context, p procs.Probe, exec Exec) error {
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	switch {
	case len(p.Exec) > 0:
		return tryExec(ctx, p, exec)
	case p.HTTP != "":
		return tryHTTP(ctx, p)
	case p.TCP != "":
		return tryTCP(ctx, p)
	}
	return fmt.Errorf("%s: this cannot be asked for", p.String())
}

func tryExec(ctx context.Context, p procs.Probe, exec Exec) error {
	e, said, err := exec(ctx, p.Exec)
	if said != "" {
		said = ": " + said
	}
	switch {
	case ctx.Err() != nil:
		return silence(p)
	case err != nil:
		return fmt.Errorf("%s: %w", p.String(), err)
	case e.Signal != 0:
		return fmt.Errorf("%s ends by %s%s", p.String(), e.String(), said)
	case e.Unknown:
		return fmt.Errorf("%s ends, nobody knows how", p.String())
	case e.Code != 0:
		return fmt.Errorf("%s exits %d%s", p.String(), e.Code, said)
	}
	return nil
}

func tryTCP(ctx context.Context, p procs.Probe) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.TCP)
	if err != nil {
		return because(ctx, p, err)
	}
	_ = conn.Close() // that it was accepted is the answer
	return nil
}

// silence is the error of a try that got no answer in time.
func silence(p procs.Probe) error {
	return fmt.Errorf("%s: no answer within %s", p.String(), brief(p.Timeout))
}

// brief writes a duration as a person would: 5s, 1m30s, 250ms.
func brief(d time.Duration) string {
	if d > time.Second {
		d = d.Round(time.Second / 10)
	}
	return d.String()
}

// because says why a connection or request failed, without the wrapping that
// names the address once more.
func because(ctx context.Context, p procs.Probe, err error) error {
	var errno syscall.Errno
	var dns *net.DNSError
	var addr *net.AddrError
	switch {
	case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded):
		return silence(p)
	case errors.As(err, &dns):
		return fmt.Errorf("%s: no such host: %s", p.String(), dns.Name)
	case errors.As(err, &errno):
		return fmt.Errorf("%s: %w", p.String(), errno)
	case errors.As(err, &addr):
		return fmt.Errorf("%s: %s", p.String(), addr.Err)
	}
	return fmt.Errorf("%s: %w", p.String(), err)
}
