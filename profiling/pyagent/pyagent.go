// Package pyagent is muster's agent in Python programs: files that the
// interpreter loads at its start because PYTHONPATH names their directory, and
// what they report, read and put in order.
//
// The agent tells what cannot be seen from outside: what a process of
// multiprocessing is called, and where in the program each lock, queue and
// pipe was made. It starts no thread and touches nothing that a program
// does often; a program that starts Python with -I, -E or -S is without it, and
// so is a Python before 3.8. The Python side is in python/agent.py.
//
// Start at [Install]; [Agent.Read] returns what was reported and [Known]
// answers questions about it. [Break] has a process
// stop and talk, which is for when a person wants that: see there.
package pyagent

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"example.com/muster/internal/named"
)

//go:embed python/*.py
var python embed.FS

// pythonFiles are the names of what is in it.
var pythonFiles = namesOf(python)

func namesOf(files embed.FS) []string {
	list, err := files.ReadDir("python")
	if err != nil {
		panic(err) // it is in the binary
	}
	names := make([]string, len(list))
	for i, file := range list {
		names[i] = file.Name()
	}
	return names
}

// The variables of a child's environment that the agent goes by.
const (
	reportsVar = "MUSTER_AGENT"       // the file to report to
	linesVar   = "MUSTER_AGENT_LINES" // where each line of output is written when it ends; see Environ
	pathVar    = "PYTHONPATH"
)

// AllLines has each line written when it ends that goes to a pipe or a socket.
const AllLines = "1"

// reportsName is the name of the file that the agents report to.
const reportsName = "reports"

// Agent is an installed agent. Its methods may be called from any goroutine.
type Agent struct {
	dir string

	reading sync.Mutex
	source  source
	unread  []Report // what Read has not returned
	others  []*Other
	bell    *bell // rings while there are reports to read; nil: nobody listens, or there is none
}

// Install writes the agent into a directory, which must not exist or be the
// remains of an earlier one, and makes it private. Its path must not hold a
// colon, which PYTHONPATH cannot hold either.
func Install(dir string) (*Agent, error) {
	if strings.ContainsRune(dir, filepath.ListSeparator) || !filepath.IsAbs(dir) {
		return nil, fmt.Errorf("cannot install the Python agent in %s: PYTHONPATH cannot name it", dir)
	}
	a := &Agent{dir: filepath.Clean(dir)}
	if err := a.write(); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot install the Python agent: %w", err), a.Remove())
	}
	return a, nil
}

func (a *Agent) write() error {
	if err := os.RemoveAll(a.dir); err != nil {
		return err
	}
	if err := os.Mkdir(a.dir, 0o700); err != nil {
		return err
	}
	if err := a.writeMissing(); err != nil {
		return err
	}
	return a.source.open(a.reports())
}

// writeMissing writes what is not in the directory, but for the file that agents report to.
func (a *Agent) writeMissing() error {
	for _, file := range pythonFiles {
		err := writeOnce(filepath.Join(a.dir, file), func() ([]byte, error) { return python.ReadFile("python/" + file) })
		if err != nil {
			return err
		}
	}
	return writeOnce(a.tasks(), func() ([]byte, error) { return nil, nil })
}

// writeOnce writes a file that is not there, whole or not at all. Its text is asked for only
// then: it is looked again and again.
func writeOnce(name string, text func() ([]byte, error)) error {
	if !named.Lost(name, nil) {
		return nil
	}
	b, err := text()
	if err != nil {
		return err
	}
	part := name + "~"
	err = os.WriteFile(part, b, 0o600)
	if err == nil {
		err = os.Rename(part, name)
	}
	if err != nil {
		_ = os.Remove(part) // else the next try writes over it
	}
	return err
}

// Renew writes anew what of the agent somebody has removed, and leaves the rest as it is. What
// programs report from then on is read, also of those that have begun; what they reported while
// there was nothing to report to is lost. After Remove it does nothing.
func (a *Agent) Renew() error {
	a.reading.Lock()
	defer a.reading.Unlock()
	if a.source.file == nil {
		return nil
	}
	err := os.Mkdir(a.dir, 0o700)
	if err == nil || errors.Is(err, fs.ErrExist) {
		err = errors.Join(a.renewReports(), a.writeMissing())
	}
	if err != nil {
		return fmt.Errorf("cannot install the Python agent again: %w", err)
	}
	return nil
}

// renewReports makes the file that agents report to if it is not there.
func (a *Agent) renewReports() error {
	if !named.Lost(a.reports(), nil) {
		return nil
	}
	if err := a.source.anew(a.reports()); err != nil {
		return err
	}
	return a.hear()
}

func (a *Agent) reports() string { return filepath.Join(a.dir, reportsName) }

// Remove removes the agent's directory. Programs that have begun go on, and
// report nothing any more.
func (a *Agent) Remove() error {
	a.reading.Lock()
	defer a.reading.Unlock()
	a.source.close()
	if a.bell != nil {
		a.bell.close()
		a.bell = nil
	}
	return os.RemoveAll(a.dir)
}

// Environ returns the environment that brings the agent into a Python program:
// environ with the agent's directory in front of its PYTHONPATH. The last value
// of a variable counts, as it does for a program. The program writes each line
// of its output when it ends where lines says so: to any pipe or socket ([AllLines]), or
// to those whose inode numbers it lists. To others Python waits for 8 KiB.
func (a *Agent) Environ(environ []string, lines string) []string {
	path, outer := "", ""
	environ = slices.DeleteFunc(slices.Clone(environ), func(kv string) bool {
		key, value, _ := strings.Cut(kv, "=")
		switch key {
		case pathVar:
			path = value
		case reportsVar:
			outer = value
		case linesVar:
		default:
			return false
		}
		return true
	})
	environ = append(environ, pathVar+"="+a.path(path, filepath.Dir(outer)), reportsVar+"="+a.reports())
	if lines != "" {
		environ = append(environ, linesVar+"="+lines)
	}
	return environ
}

// path puts the agent in front of a PYTHONPATH, in the place of the agent of a
// muster that this one runs under.
func (a *Agent) path(users, outer string) string {
	if users == "" {
		return a.dir // an empty entry would be the current directory
	}
	entries := slices.DeleteFunc(filepath.SplitList(users), func(entry string) bool { return entry == outer })
	return strings.Join(append([]string{a.dir}, entries...), string(filepath.ListSeparator))
}
