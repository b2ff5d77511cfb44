package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.com/muster/procs"
)

// procfile reads a Procfile: "name: command" a line, empty lines, and comments
// that begin with "#". The .env file beside it is part of the environment of
// every pool, where muster's own has nothing else to say.
func (r *reader) procfile() []procs.Spec {
	if !r.isText() {
		return nil
	}
	r.vars.dotenv = r.dotenv()
	var specs []procs.Spec
	seen := map[string]int{}
	for i, line := range r.lines {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		at := place{i + 1, 1 + strings.Index(r.lines[i], line), utf8.RuneCountInString(line)}
		name, command, ok := strings.Cut(line, ":")
		name, command = strings.TrimSpace(name), strings.TrimSpace(command)
		at.width = max(1, utf8.RuneCountInString(name))
		switch {
		case !ok:
			at.width = utf8.RuneCountInString(line)
			r.fault(at, "this is not \"name: command\"")
		case !procs.GoodPoolName(name):
			r.fault(at, "%q cannot be a pool's name: %s", clip(name), procs.PoolNameRule)
		case command == "":
			r.fault(at, "the pool %s has no command", name)
		case seen[name] > 0:
			r.fault(at, "the pool %s is here twice; the first is in line %d", name, seen[name])
		default:
			specs = append(specs, r.line(name, command, len(specs)))
		}
		seen[name] = i + 1
	}
	if len(specs) == 0 && len(r.faults) == 0 {
		r.fault(place{}, "the file is empty; it needs at least one line \"name: command\"")
	}
	return specs
}

// Ports of a Procfile: where PORT is set, the slots of the n-th line, from 0,
// get PORT + 100 n + slot, as foreman has it.
const portStep = 100

// line makes the pool of one line, the n-th from 0.
func (r *reader) line(name, command string, n int) procs.Spec {
	port := "PORT={port}"
	if given, ok := r.vars.lookup("PORT"); ok {
		if base, err := strconv.Atoi(given); err == nil && base > 0 && base+n*portStep <= 65535 {
			port = "PORT=" + procs.SlotPlus(base+n*portStep)
		}
	}
	var env []string
	for _, key := range slices.Sorted(maps.Keys(r.vars.dotenv)) {
		if _, own := r.vars.environ[key]; !own && key != "PORT" {
			env = append(env, key+"="+r.vars.dotenv[key])
		}
	}
	return procs.Spec{
		Name: name, Argv: r.inShell(command), Dir: r.dir, Env: append(env, port),
		Restart: procs.RestartPolicy{Max: procs.DefaultMaxRestart},
	}.WithDefaults()
}
