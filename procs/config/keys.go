package config

import (
	"time"

	"example.com/muster/procs"
)

// key is one key of muster.yaml: how it is read, and what the schema and the
// documentation say of it.
type key[T any] struct {
	name  string
	value schema
	def   string // the default as YAML, "" if there is none
	about string // one or two sentences for an editor
	read  func(r *reader, n *node, into *T)
}

// maxReplicas is a bound for slips of the finger.
const maxReplicas = 10_000

const (
	aDay    = 24 * time.Hour
	maxOnce = 1000 // tries, restarts: bounds for slips of the finger
)

// poolKeys are the keys of a pool.
func poolKeys() []key[draft] {
	return []key[draft]{
		{"command", aCommand, "", "What to run: a string runs in $SHELL, a list is the program and its arguments. {slot}, {pool}, {port} and {pprof_port} stand for what each process has.", (*reader).command},
		{"replicas", anInteger(0, maxReplicas), "1", "How many processes to run.", func(r *reader, n *node, d *draft) { r.number(n, 0, maxReplicas, &d.size) }},
		{"cwd", aString, ".", "Working directory, relative to the file.", (*reader).cwd},
		{"env", environmentSchema, "", "Environment variables, as a mapping or a list of KEY=VALUE. They win over env_file and muster's own environment.", (*reader).env},
		{"env_file", oneOrMore, "", "Files of KEY=VALUE lines, relative to the file; later ones win. Each must exist.", (*reader).envFile},
		{"output", anyOf(procs.OutputAuto, procs.OutputPTY, procs.OutputPipe, procs.OutputByWriter), "auto", "How output is read: through a terminal (pty), two pipes, or sockets that tell which process wrote each line (by-writer).", func(r *reader, n *node, d *draft) {
			oneOf(r, n, &d.spec.Output, procs.OutputAuto, procs.OutputPTY, procs.OutputPipe, procs.OutputByWriter)
		}},
		{"restart", either(restartWhen, object(restartKeys())), "no", "When and how often an ended process is started again; a word alone is the policy.", (*reader).restart},
		{"stop", object(stopKeys()), "", "How a process is asked to end, and when it is killed.", func(r *reader, n *node, d *draft) { readObject(r, n, "stop", stopKeys(), &d.spec.Stop) }},
		{"disabled", aTruth, "false", "Do not start it until somebody asks.", func(r *reader, n *node, d *draft) { r.truth(n, &d.spec.Disabled) }},
		{"update", object(updateKeys()), "", "How a rolling restart goes.", func(r *reader, n *node, d *draft) { readObject(r, n, "update", updateKeys(), &d.spec) }},
		{"ready", object(readyKeys()), "", "Tells when a process does its work. One of http, exec, tcp and log_line.", func(r *reader, n *node, d *draft) { d.spec.Ready = r.probe(n, "ready", readyKeys()) }},
		{"live", object(liveKeys()), "", "Tells when a process must be restarted. One of http, exec and tcp.", func(r *reader, n *node, d *draft) { d.spec.Live = r.probe(n, "live", liveKeys()) }},
		{"depends_on", dependsSchema, "", "Pools to wait for: a mapping of pool to condition, or a list (started). They are stopped after this one.", (*reader).dependsOn},
		{"watch", either(oneOrMore, object(watchKeys())), "", "Files, as patterns of .gitignore, whose change restarts the pool.", (*reader).watch},
		{"on_crash", aCommand, "", "What to run for each crash of the pool, with the crash as JSON on its standard input: a string runs in $SHELL, a list is the program and its arguments. --on-crash of the command line comes in its place.", func(r *reader, n *node, d *draft) { d.spec.OnCrash = r.argv(n) }},
		{"fail_fast", aTruth, "false", "Stop everything at the first crash in the pool, as --fail-fast does at the first in any.", func(r *reader, n *node, d *draft) { r.truth(n, &d.spec.FailFast) }},
		{"profile_when", oneOrMore, "", "When a profile of the pool is kept, with the seconds before: cpu>90% for 5s, rss>1GiB, blocked>2s or exit; one, or a list.", (*reader).profileWhen},
		{"pprof", aString, "", "The host:port on which the program serves net/http/pprof.", (*reader).pprof},
	}
}

var restartWhen = anyOf(procs.RestartNo, procs.RestartOnFailure, procs.RestartAlways)

func restartKeys() []key[procs.RestartPolicy] {
	return []key[procs.RestartPolicy]{
		{"policy", restartWhen, "no", "After which ends a process is started again.", func(r *reader, n *node, p *procs.RestartPolicy) {
			oneOf(r, n, &p.When, procs.RestartNo, procs.RestartOnFailure, procs.RestartAlways)
		}},
		{"max", anInteger(0, maxReplicas), "5", "Restarts in a row before the process counts as failed; 0 means no limit.", func(r *reader, n *node, p *procs.RestartPolicy) { r.number(n, 0, maxReplicas, &p.Max) }},
		{"backoff", aDuration, "100ms", "Wait before the first restart; each further one doubles it.", func(r *reader, n *node, p *procs.RestartPolicy) {
			r.duration(n, 0, &p.Backoff)
			p.Backoff = max(p.Backoff, atOnce)
		}},
		{"backoff_max", aDuration, "30s", "The longest wait.", func(r *reader, n *node, p *procs.RestartPolicy) { r.duration(n, atOnce, &p.BackoffMax) }},
		{"reset_after", aDuration, "10s", "A run that stays up for this long clears the count.", func(r *reader, n *node, p *procs.RestartPolicy) { r.duration(n, atOnce, &p.ResetAfter) }},
	}
}

func stopKeys() []key[procs.StopPolicy] {
	return []key[procs.StopPolicy]{
		{"signal", aString, "TERM", "The signal that asks a process to end.", (*reader).signal},
		{"grace", aDuration, "10s", "Time between that signal and SIGKILL.", func(r *reader, n *node, p *procs.StopPolicy) {
			r.duration(n, 0, &p.Grace)
			p.Grace = max(p.Grace, atOnce)
		}},
		{"to", anyOf("group", "leader"), "group", "Who gets the signal, and those of muster signal: the whole process group, or its leader alone, for a master that stops its own workers.", func(r *reader, n *node, p *procs.StopPolicy) {
			to := "group"
			oneOf(r, n, &to, "group", "leader")
			p.ToLeader = to == "leader"
		}},
	}
}

func updateKeys() []key[procs.Spec] {
	return []key[procs.Spec]{
		{"max_unavailable", anInteger(1, maxReplicas), "1", "How many processes a rolling restart takes down at a time.", func(r *reader, n *node, s *procs.Spec) { r.number(n, 1, maxReplicas, &s.MaxUnavailable) }},
	}
}

func readyKeys() []key[procs.Probe] {
	return append(probeKeys("1s"), key[procs.Probe]{"log_line", aString, "", "A regular expression (RE2) that a line of the output matches.", (*reader).logLine})
}

func liveKeys() []key[procs.Probe] { return probeKeys("10s") }

func probeKeys(every string) []key[procs.Probe] {
	return []key[procs.Probe]{
		{"http", aString, "", "A URL that answers with a status from 200 to 399.", (*reader).http},
		{"exec", aCommand, "", "A command that ends with code 0, in the process's directory and environment.", func(r *reader, n *node, p *procs.Probe) { p.Exec = r.argv(n) }},
		{"tcp", aString, "", "A host:port that accepts connections.", func(r *reader, n *node, p *procs.Probe) { r.address(n, &p.TCP) }},
		{"every", aDuration, every, "Time between two tries.", func(r *reader, n *node, p *procs.Probe) { r.duration(n, 10*time.Millisecond, &p.Every) }},
		{"timeout", aDuration, "5s", "The deadline of one try.", func(r *reader, n *node, p *procs.Probe) { r.duration(n, atOnce, &p.Timeout) }},
		{"delay", aDuration, "0s", "Wait before the first try.", func(r *reader, n *node, p *procs.Probe) { r.duration(n, 0, &p.Delay) }},
		{"failures", anInteger(1, maxOnce), "3", "How many tries in a row must fail for the answer to be no.", func(r *reader, n *node, p *procs.Probe) { r.number(n, 1, maxOnce, &p.Failures) }},
	}
}

func watchKeys() []key[procs.WatchPolicy] {
	return []key[procs.WatchPolicy]{
		{"paths", oneOrMore, "", "Patterns as in .gitignore, relative to the pool's directory.", func(r *reader, n *node, p *procs.WatchPolicy) { p.Patterns = r.texts(n) }},
		{"dependants", aTruth, "false", "Restart the pools that depend on this one too.", func(r *reader, n *node, p *procs.WatchPolicy) { r.truth(n, &p.Dependants) }},
	}
}

// readObject reads a mapping by its table of keys. A key without a value is as
// good as none.
func readObject[T any](r *reader, n *node, what string, keys []key[T], into *T) {
	if n.kind != mapping {
		names := make([]string, len(keys))
		for i, k := range keys {
			names[i] = k.name
		}
		r.wrong(n, "a mapping with "+listed(names))
		return
	}
	for _, f := range n.fields {
		k := find(keys, f.key.text)
		switch {
		case k == nil:
			r.unknown(f.key, what, keyNames(keys))
		case f.value.kind != null:
			k.read(r, f.value, into)
		}
	}
}

func find[T any](keys []key[T], name string) *key[T] {
	for i := range keys {
		if keys[i].name == name {
			return &keys[i]
		}
	}
	return nil
}

func keyNames[T any](keys []key[T]) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

// unknown tells of a key that is none, and which one may be meant.
func (r *reader) unknown(key *node, of string, names []string) {
	near := didYouMean(key.text, names)
	if word, ok := elsewhere[key.text]; ok && near == "" {
		near = "; muster's word for it is " + word
	}
	if near == "" {
		near = "; " + of + " has " + listed(names)
	}
	r.fault(key.at, "unknown key %q%s", clip(key.text), near)
}

// elsewhere are words of compose, process-compose, mprocs and supervisord for
// what muster has under another name.
var elsewhere = map[string]string{
	"services": "pools", "processes": "pools", "procs": "pools", "programs": "pools",
	"environment": "env", "working_dir": "cwd", "dir": "cwd", "directory": "cwd",
	"shell": "command", "cmd": "command", "entrypoint": "command", "args": "command",
	"scale": "replicas", "numprocs": "replicas", "instances": "replicas",
	"healthcheck": "ready", "readiness_probe": "ready", "ready_log_line": "ready: {log_line: ...}",
	"liveness_probe": "live", "shutdown": "stop", "availability": "restart", "autorestart": "restart",
	"stop_signal": "stop: {signal: ...}", "stop_grace_period": "stop: {grace: ...}", "stopwaitsecs": "stop: {grace: ...}",
	"parent_only": "to: leader", "timeout_seconds": "grace", "backoff_seconds": "backoff", "max_restarts": "max",
	"http_get": "http", "test": "exec", "period_seconds": "every", "interval": "every", "retries": "failures",
	"failure_threshold": "failures", "initial_delay_seconds": "delay", "start_period": "delay",
	"is_tty": "output: pty", "tty": "output: pty", "autostart": "disabled",
}
