package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/joho/godotenv"

	"example.com/muster/internal/pattern"
)

// env reads the environment of a pool: a mapping, or a list of KEY=VALUE. A key
// without a value is left as muster's own environment has it.
func (r *reader) env(n *node, d *draft) {
	switch n.kind {
	case mapping:
		for _, f := range n.fields {
			if !goodVariable(f.key.text) {
				r.fault(f.key.at, "%q cannot be a variable's name", clip(f.key.text))
			} else if f.value.kind != null {
				if value, ok := r.text(f.value); ok {
					d.spec.Env = append(d.spec.Env, f.key.text+"="+value)
				}
			}
		}
	case list:
		for _, item := range n.items {
			kv, ok := r.text(item)
			key, _, set := strings.Cut(kv, "=")
			switch {
			case !ok:
			case !goodVariable(key):
				r.fault(item.at, "%q is not KEY=VALUE", clip(kv))
			case set:
				d.spec.Env = append(d.spec.Env, kv)
			}
		}
	default:
		r.wrong(n, "a mapping of variables, or a list of KEY=VALUE")
	}
}

// overlaid is one list of KEY=VALUE over another: each key once, the last value of it.
func overlaid(under, over []string) []string {
	at := map[string]int{}
	var out []string
	for _, kv := range slices.Concat(under, over) {
		key, _, _ := strings.Cut(kv, "=")
		if i, ok := at[key]; ok {
			out[i] = kv
			continue
		}
		at[key] = len(out)
		out = append(out, kv)
	}
	return out
}

func goodVariable(key string) bool {
	return key != "" && !strings.ContainsAny(key, "= \t\n\x00")
}

// envFile reads the files of a pool's environment, later ones over earlier.
func (r *reader) envFile(n *node, d *draft) {
	items := []*node{n}
	if n.kind == list {
		items = n.items
	}
	all := map[string]string{}
	for _, item := range items {
		name, ok := r.word(item)
		if !ok {
			continue
		}
		src, err := r.read(r.beside(name))
		if err == nil {
			var vars map[string]string
			if vars, err = parseDotenv(string(src)); err == nil {
				maps.Copy(all, vars)
			}
		}
		if err != nil {
			r.unreadable(item.at, name, err)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		d.fromFile = append(d.fromFile, key+"="+all[key])
	}
}

// dotenv reads the .env file beside the configuration; there need be none.
func (r *reader) dotenv() map[string]string {
	src, err := r.read(r.beside(".env"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var vars map[string]string
	if err == nil {
		vars, err = parseDotenv(string(src))
	}
	if err != nil {
		r.unreadable(place{}, ".env", err)
	}
	return vars
}

// unreadable tells once what is wrong with a file of variables, at a place that names it
// where there is one. That there is none is wrong at each place.
func (r *reader) unreadable(at place, name string, err error) {
	path := r.beside(name)
	i, told := r.told[path]
	switch {
	case !told || errors.Is(err, fs.ErrNotExist):
		r.told[path] = len(r.faults)
		r.fault(at, "%v", cannotRead(name, err))
	case r.faults[i].Line == 0:
		r.faults[i] = r.found(at, "%v", cannotRead(name, err))
	}
}

// parseDotenv reads lines of KEY=VALUE, as godotenv does: comments, "export",
// quotes, and "$NAME" for what the file has set above.
func parseDotenv(src string) (map[string]string, error) {
	src = strings.TrimPrefix(src, "\ufeff")
	if err := boundedDotenv(src); err != nil {
		return nil, err
	}
	vars, err := godotenv.Unmarshal(src)
	if err != nil {
		return nil, errors.New(dotenvFault(src, err))
	}
	for key := range vars {
		if !goodVariable(key) {
			return nil, fmt.Errorf("a line of it is not KEY=VALUE: %q", clip(key+vars[key]))
		}
	}
	return vars, nil
}

// dotenvFault says in which line the library stopped. Its message ends with all
// that it had not read yet, or with the quote that is not closed.
func dotenvFault(src string, err error) string {
	src = strings.ReplaceAll(src, "\r\n", "\n")
	at := -1
	if _, rest, ok := strings.Cut(err.Error(), " in variable name near "); ok {
		if rest, err := strconv.Unquote(rest); err == nil && strings.HasSuffix(src, rest) {
			at = len(src) - len(rest)
		}
	} else if _, value, ok := strings.Cut(err.Error(), "unterminated quoted value "); ok {
		at = strings.LastIndex(src, value)
	}
	if at < 0 {
		return "it is not lines of KEY=VALUE"
	}
	line, _, _ := strings.Cut(src[strings.LastIndexByte(src[:at], '\n')+1:], "\n")
	return fmt.Sprintf("line %d is not KEY=VALUE: %s", strings.Count(src[:at], "\n")+1, clip(strings.ToValidUTF8(strings.TrimSpace(line), "\ufffd")))
}

var references = pattern.Later(`\$\{?([A-Z0-9_]+)`)

// boundedDotenv refuses a file whose references to its own variables add up to
// far more than its text.
func boundedDotenv(src string) error {
	length := map[string]int{}
	for line := range strings.SplitSeq(src, "\n") {
		i := max(0, strings.IndexAny(line, "=:"))
		key, value := line[:i], line[i:]
		n := len(value)
		for _, m := range references().FindAllStringSubmatch(value, -1) {
			n += length[m[1]]
		}
		if n > MaxBytes {
			return errors.New("its variables refer to one another until they are too large")
		}
		length[strings.TrimPrefix(strings.TrimSpace(key), "export ")] = n
	}
	return nil
}
