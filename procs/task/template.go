package task

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// Template is a command in which replacement strings stand for an item, as GNU
// parallel has them:
//
//	{}    the item            {.}   without its extension
//	{/}   its base name       {//}  its directory      {/.}  base name without extension
//	{#}   its number          {%}   the worker's, both from 1
//	{2}   the item of the second list; {2.} {2/} {2//} {2/.} likewise, {-1} the last
//	{name}, {name.} ...       a field of an item that has names, see [Template.Fields]
//
// Without any of them the item goes to the end. A command of one word that
// holds spaces or other characters of the shell is run by the shell, and what
// is put into it is quoted; a command of several words is executed as it is.
type Template struct {
	words  []word
	shell  string // "" if the command is no shell's
	fish   bool
	extend bool // the item goes to the end
	bare   bool // there is no command: the items are commands
	source []string
}

// word is one word of a command.
type word []piece

// piece is some text, or what is put in its place.
type piece struct {
	text   string // of the command itself
	what   byte   // 0 text, '#' number, '%' worker, '{' the item or a part of it, 'n' a field
	part   int    // from 1, or from the end if below 0; 0 all
	field  string
	change string // ".", "/", "//", "/." or ""
}

// TemplateOptions say how a command is read.
type TemplateOptions struct {
	// Shell runs commands of one word; "" is /bin/sh.
	Shell string
	// Replace stands for the item in place of "{}".
	Replace string
	// Fields are names that may stand between braces.
	Fields bool
	// Quote has the shell run a command of several words too.
	UseShell bool
}

// shellChars are what a shell makes something of.
const shellChars = " \t\n|&;<>()$`\\\"'*?[#~=%!{}"

// ParseTemplate reads a command.
func ParseTemplate(argv []string, o TemplateOptions) *Template {
	if o.Shell == "" {
		o.Shell = "/bin/sh"
	}
	if o.Replace == "" {
		o.Replace = "{}"
	}
	t := &Template{source: argv, fish: filepath.Base(o.Shell) == "fish", extend: true}
	if len(argv) == 0 {
		t.bare, t.shell = true, o.Shell
		return t
	}
	if o.UseShell && len(argv) > 1 {
		argv = []string{strings.Join(argv, " ")}
		t.shell = o.Shell
	}
	for _, arg := range argv {
		w, found := parseWord(arg, o)
		t.words = append(t.words, w)
		t.extend = t.extend && !found
	}
	if len(argv) == 1 && strings.ContainsAny(plainText(t.words[0]), shellChars) {
		t.shell = o.Shell
	}
	return t
}

// Unshelled reports whether a command that is executed as it is begins with what
// only a shell could make something of: it has more words, and so is no shell's.
func (t *Template) Unshelled() bool {
	return t.shell == "" && len(t.words) > 1 && ForShell(plainText(t.words[0]))
}

// ForShell reports whether the name of a program holds what hardly any has, and a
// command line of a shell does.
func ForShell(name string) bool { return strings.ContainsAny(name, " \t\n|&;<>()$`\"'*?") }

// Varies reports whether the program itself depends on the item.
func (t *Template) Varies() bool {
	return t.shell == "" && (len(t.words[0]) != 1 || t.words[0][0].what != 0)
}

func plainText(w word) string {
	var b strings.Builder
	for _, p := range w {
		b.WriteString(p.text)
	}
	return b.String()
}

// parseWord cuts a word into its pieces; found says that one stands for
// something.
func parseWord(s string, o TemplateOptions) (w word, found bool) {
	begin := 0
	for i := 0; i < len(s); {
		p, size := parsePiece(s[i:], o)
		if size == 0 {
			i++
			continue
		}
		if begin < i {
			w = append(w, piece{text: s[begin:i]})
		}
		w, found = append(w, p), true
		i += size
		begin = i
	}
	if begin < len(s) || len(s) == 0 {
		w = append(w, piece{text: s[begin:]})
	}
	return w, found
}

// parsePiece reads the replacement string that s begins with; size 0: none.
func parsePiece(s string, o TemplateOptions) (p piece, size int) {
	if strings.HasPrefix(s, o.Replace) {
		return piece{what: '{'}, len(o.Replace)
	}
	if s[0] != '{' {
		return piece{}, 0
	}
	end := strings.IndexByte(s, '}')
	if end < 0 {
		return piece{}, 0
	}
	inner := s[1:end]
	switch inner {
	case "":
		return piece{}, 0 // o.Replace is another one
	case "#", "%":
		return piece{what: inner[0]}, end + 1
	}
	name, change := inner, ""
	for _, c := range []string{"//", "/.", "/", "."} {
		if rest, ok := strings.CutSuffix(inner, c); ok {
			name, change = rest, c
			break
		}
	}
	if name == "" {
		return piece{what: '{', change: change}, end + 1
	}
	if n, err := strconv.Atoi(name); err == nil && n != 0 && name[0] != '+' {
		return piece{what: '{', part: n, change: change}, end + 1
	}
	if o.Fields && !strings.ContainsAny(name, " \t\n'\"$;,(){") {
		return piece{what: 'n', field: name, change: change}, end + 1
	}
	return piece{}, 0
}

// change applies what follows a name between braces.
func change(s, how string) string {
	base := func(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }
	stem := func(s string) string {
		if i := strings.LastIndexByte(s, '.'); i >= 0 && i > strings.LastIndexByte(s, '/') && i+1 < len(s) {
			return s[:i]
		}
		return s
	}
	switch how {
	case ".":
		return stem(s)
	case "/":
		return base(s)
	case "/.":
		return stem(base(s))
	case "//":
		switch i := strings.LastIndexByte(strings.TrimRight(s, "/"), '/'); {
		case i > 0:
			return s[:i]
		case i == 0 || strings.HasPrefix(s, "/"):
			return "/"
		}
		return "."
	}
	return s
}

// values returns what a piece stands for: one string, or one for each part.
func (p *piece) values(it *Item, worker int, fields map[string]string) ([]string, error) {
	switch p.what {
	case '#':
		return []string{strconv.FormatUint(it.Seq, 10)}, nil
	case '%':
		return []string{strconv.Itoa(worker + 1)}, nil
	case 'n':
		v, ok := fields[p.field]
		if !ok {
			return nil, fmt.Errorf("the item has no field %q", p.field)
		}
		return []string{change(v, p.change)}, nil
	}
	parts := it.Parts()
	if p.part == 0 {
		if p.change == "" {
			return parts, nil
		}
		all := make([]string, len(parts))
		for i, s := range parts {
			all[i] = change(s, p.change)
		}
		return all, nil
	}
	i := p.part - 1
	if p.part < 0 {
		i = len(parts) + p.part
	}
	if i < 0 || i >= len(parts) {
		return []string{""}, nil
	}
	return []string{change(parts[i], p.change)}, nil
}

// Argv returns the command for an item. names are those of the item's columns,
// nil where the item itself is a JSON object, if the template has fields.
func (t *Template) Argv(it *Item, worker int, names []string) ([]string, error) {
	if t.bare {
		return []string{t.shell, "-c", strings.Join(it.Parts(), " ")}, nil
	}
	fields, err := t.fields(it, names)
	if err != nil {
		return nil, err
	}
	argv := make([]string, 0, len(t.words)+3)
	if t.shell != "" {
		argv = append(argv, t.shell, "-c")
	}
	for _, w := range t.words {
		if len(w) == 1 && w[0].what == '{' && t.shell == "" { // several parts are several words
			all, err := w[0].values(it, worker, fields)
			if err != nil {
				return nil, err
			}
			argv = append(argv, all...)
			continue
		}
		s, err := t.expand(w, it, worker, fields)
		if err != nil {
			return nil, err
		}
		argv = append(argv, s)
	}
	switch {
	case !t.extend:
	case t.shell == "":
		argv = append(argv, it.Parts()...)
	default:
		argv[2] += " " + t.quoteAll(it.Parts())
	}
	return argv, nil
}

func (t *Template) expand(w word, it *Item, worker int, fields map[string]string) (string, error) {
	if len(w) == 1 && w[0].what == 0 {
		return w[0].text, nil
	}
	var b strings.Builder
	for i := range w {
		if w[i].what == 0 {
			b.WriteString(w[i].text)
			continue
		}
		all, err := w[i].values(it, worker, fields)
		if err != nil {
			return "", err
		}
		if t.shell != "" {
			b.WriteString(t.quoteAll(all))
		} else {
			b.WriteString(strings.Join(all, " "))
		}
	}
	return b.String(), nil
}

// fields returns the item's values by name, nil if the template names none.
func (t *Template) fields(it *Item, names []string) (map[string]string, error) {
	if !t.named() {
		return nil, nil
	}
	if names != nil {
		fields := make(map[string]string, len(names))
		for i, part := range it.Parts() {
			if i < len(names) {
				fields[names[i]] = part
			}
		}
		return fields, nil
	}
	var object map[string]json.RawMessage
	err := json.Unmarshal([]byte(it.Text), &object)
	if other, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return nil, fmt.Errorf("the item is no JSON object, but of the type %s", other.Value)
	}
	if err != nil {
		return nil, fmt.Errorf("the item is no JSON object: %w", err)
	}
	fields := make(map[string]string, len(object))
	for name, value := range object {
		var s string
		if json.Unmarshal(value, &s) != nil {
			s = string(value) // a number, true, a list: as it is written
		}
		fields[name] = s
	}
	return fields, nil
}

func (t *Template) named() bool {
	for _, w := range t.words {
		for i := range w {
			if w[i].what == 'n' {
				return true
			}
		}
	}
	return false
}

// Shown is a command as a person would type it.
func (t *Template) Shown(argv []string) string {
	if t.shell != "" {
		return argv[2]
	}
	return t.quoteAll(argv)
}

func (t *Template) quoteAll(parts []string) string {
	if len(parts) == 1 {
		return t.quote(parts[0])
	}
	quoted := make([]string, len(parts))
	for i, s := range parts {
		quoted[i] = t.quote(s)
	}
	return strings.Join(quoted, " ")
}

func plainRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./,:@+^", r)
}

// quote makes one word of a shell's of any bytes.
func (t *Template) quote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !plainRune(r)
	}) < 0 {
		return s
	}
	if t.fish { // where a backslash is one between quotes too
		s = strings.ReplaceAll(s, `\`, `\\`)
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
