// Package pyagent is muster's agent in Python programs: files that the
// interpreter loads at its start because PYTHONPATH names their directory, and
// what they report, read and put in order.
//
// The agent tells what cannot be seen from outside: what a process of
// multiprocessing is called, and where in the program each lock, queue, pipe
// and manager was made. It starts no thread and touches nothing that a program
// does often; a program that starts Python with -I, -E or -S is without it, and
// so is a Python before 3.8. The Python side is in python/agent.py.
//
// Start at [Install]; [Agent.Read] returns what was reported and [Known]
// answers questions about it. [Agent.Stacks] asks a process for the stacks of
// its threads, which is for when a person wants them: see there.
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

// The variables of a child's environment that the agent goes by.
const (
	reportsVar = "MUSTER_AGENT"       // the file to report to
	linesVar   = "MUSTER_AGENT_LINES" // "1": write each line of output when it ends
	pathVar    = "PYTHONPATH"
)

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

	asking [64]sync.Mutex // by inode: one answer at a time is written to a file
	debts  debts
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
	if err := a.writeFiles(); err != nil {
		return err
	}
	return a.source.open(a.reports())
}

// writeFiles writes all but the file that agents report to.
func (a *Agent) writeFiles() error {
	if err := os.RemoveAll(a.dir); err != nil {
		return err
	}
	if err := os.Mkdir(a.dir, 0o700); err != nil {
		return err
	}
	files, err := fs.Sub(python, "python")
	if err != nil {
		return err
	}
	if err := os.CopyFS(a.dir, files); err != nil {
		return err
	}
	return os.WriteFile(a.tasks(), nil, 0o600)
}

// Renew writes the agent anew where somebody has removed it. What programs report from then
// on is read, also of those that have begun; what they reported meanwhile is lost. After Remove
// it does nothing.
func (a *Agent) Renew() error {
	a.reading.Lock()
	defer a.reading.Unlock()
	if a.source.file == nil || !named.Lost(a.reports(), nil) && !named.Lost(filepath.Join(a.dir, "sitecustomize.py"), nil) {
		return nil
	}
	err := a.writeFiles()
	if err == nil {
		err = a.source.anew(a.reports())
	}
	if err == nil {
		err = a.hear()
	}
	if err != nil {
		return fmt.Errorf("cannot install the Python agent again: %w", err)
	}
	return nil
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
// of a variable counts, as it does for a program. With lines the program writes
// each line of its output when it ends, unless a terminal or a file takes it;
// without, and to a pipe or a socket, Python would wait for 8 KiB.
func (a *Agent) Environ(environ []string, lines bool) []string {
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
	if lines {
		environ = append(environ, linesVar+"=1")
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
