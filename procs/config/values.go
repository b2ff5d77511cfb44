package config

import (
	"strconv"
	"strings"
	"time"
)

// text reads a string, with its references replaced. A number or a truth value
// is the string that it is written as. It reports false, and a fault, for others.
func (r *reader) text(n *node) (string, bool) { return r.substituted(n, "a string", false) }

// script reads a string that a shell is going to read.
func (r *reader) script(n *node) (string, bool) { return r.substituted(n, "a string", true) }

func (r *reader) substituted(n *node, want string, forShell bool) (string, bool) {
	if n.kind != scalar {
		r.wrong(n, want)
		return "", false
	}
	s, bad := r.vars.substitute(n.text, forShell)
	for _, ref := range bad {
		r.fault(r.within(n, ref.text), "%s %s", ref.text, ref.why)
	}
	if strings.ContainsRune(s, 0) {
		r.fault(n.at, "a NUL byte cannot be handed to a program")
		return "", false
	}
	return s, len(bad) == 0
}

// wrong tells that a value is of the wrong type.
func (r *reader) wrong(n *node, want string) {
	if n.broken {
		return
	}
	is := map[kind]string{null: "nothing", scalar: strconv.Quote(clip(n.text)), list: "a list", mapping: "a mapping"}[n.kind]
	r.fault(n.at, "this is %s; it must be %s", is, want)
}

// clip shortens a value for an error's sake.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "..."
	}
	return s
}

// word reads a non-empty string.
func (r *reader) word(n *node) (string, bool) { return r.wanted(n, "a string") }

// wanted is word, for what is more than any string.
func (r *reader) wanted(n *node, want string) (string, bool) {
	s, ok := r.substituted(n, want, false)
	if ok && strings.TrimSpace(s) == "" {
		r.fault(n.at, "this is empty")
		return "", false
	}
	return s, ok
}

// texts reads a list of strings, or one.
func (r *reader) texts(n *node) []string {
	if n.kind == scalar {
		s, _ := r.word(n)
		return []string{s}
	}
	if n.kind != list {
		r.wrong(n, "a string or a list of strings")
		return nil
	}
	var out []string
	for _, item := range n.items {
		s, _ := r.word(item)
		out = append(out, s)
	}
	return out
}

// argv reads a command: a string runs in the shell, a list is the program and
// its arguments.
func (r *reader) argv(n *node) []string {
	if n.kind != list {
		if n.kind != scalar {
			r.wrong(n, "a string for the shell, or a list of the program and its arguments")
			return nil
		}
		s, ok := r.script(n)
		if ok && strings.TrimSpace(s) == "" {
			r.fault(n.at, "the command is empty")
			return nil
		}
		return r.inShell(s)
	}
	var argv []string
	for _, item := range n.items {
		s, _ := r.script(item)
		argv = append(argv, s)
	}
	if len(argv) == 0 || argv[0] == "" {
		r.fault(n.at, "the command is empty")
		return nil
	}
	return argv
}

// number reads a whole number within bounds.
func (r *reader) number(n *node, least, most int, into *int) {
	s, ok := r.substituted(n, "a whole number", false)
	if !ok {
		return
	}
	v, err := strconv.Atoi(s)
	switch {
	case err != nil && strings.Trim(s, "-0123456789") != "":
		r.wrong(n, "a whole number")
	case err != nil || v < least || v > most:
		r.fault(n.at, "%s is out of range; it must be from %d to %d", clip(s), least, most)
	default:
		*into = v
	}
}

// truth reads true or false.
func (r *reader) truth(n *node, into *bool) {
	s, ok := r.substituted(n, "true or false", false)
	if !ok {
		return
	}
	switch s {
	case "true", "True", "TRUE":
		*into = true
	case "false", "False", "FALSE":
		*into = false
	default:
		r.wrong(n, "true or false")
	}
}

const aTime = `a time such as "500ms", "10s" or "1m30s"`

// atOnce is the shortest time where 0 would mean the default.
const atOnce = time.Millisecond

// duration reads a time with its unit, of at least the given length.
func (r *reader) duration(n *node, least time.Duration, into *time.Duration) {
	s, ok := r.wanted(n, aTime)
	if !ok {
		return
	}
	d, err := time.ParseDuration(s)
	if _, plain := strconv.ParseFloat(s, 64); plain == nil && s != "0" {
		r.fault(n.at, "%s has no unit; write \"%ss\" for seconds", s, s)
		return
	}
	switch {
	case err != nil:
		r.wrong(n, aTime)
	case d < 0:
		r.fault(n.at, "%s is negative", s)
	case d < least:
		r.fault(n.at, "%s is too short; the least is %v", s, least)
	default:
		*into = d
	}
}

// oneOf reads one of a few words.
func oneOf[T ~string](r *reader, n *node, into *T, words ...T) {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	s, ok := r.wanted(n, strings.Join(all[:len(all)-1], ", ")+" or "+all[len(all)-1])
	if !ok {
		return
	}
	for _, w := range words {
		if s == string(w) {
			*into = w
			return
		}
	}
	r.fault(n.at, "%q is not among %s%s", clip(s), listed(all), didYouMean(s, all))
}

// listed is "a, b and c".
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
