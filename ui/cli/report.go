package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// reportToStdout is the name of a report that is printed.
const reportToStdout = "-"

// checkReport says before anything runs that a report cannot be written, or has no
// standard output to itself.
func checkReport(name string, json, detach bool) error {
	const hint = ": name a file with --report"
	switch {
	case name == "":
		return nil
	case name == reportToStdout && json:
		return usage("", "cannot print both events and the report"+hint)
	case name == reportToStdout && detach:
		return usage("", "cannot print the report from the background"+hint)
	case name == reportToStdout:
		return nil
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return usage("", "cannot write the report to %s: it is a directory", name)
	}
	if _, err := os.Stat(filepath.Dir(name)); err != nil {
		return usage("", "cannot write the report to %s: %w", name, err)
	}
	return nil
}

// writeReport writes what everything came to as one document, once nothing else is
// printed: to a file, whole or not at all, or to standard output.
func (a *app) writeReport(name string, report any) error {
	b, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	b = append(b, '\n')
	if name == reportToStdout {
		return a.print(b)
	}
	if err := replace(name, b); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return nil
}

// print writes to standard output. A reader that has gone is an error, not the end of
// muster at once: there is a session to be cleared away.
func (a *app) print(b []byte) error {
	unread := make(chan os.Signal, 1)
	signal.Notify(unread, syscall.SIGPIPE)
	defer signal.Stop(unread)
	_, err := a.stdout.Write(b)
	return err
}

// replace writes a file: a new or plain one gets all of it or nothing, as it is
// renamed into place; anything else (a device, a pipe, what a symbolic link leads
// to) is written to.
func replace(name string, b []byte) error {
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, b, 0o600)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".muster-report-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // it holds half a document
	}
	return err
}
