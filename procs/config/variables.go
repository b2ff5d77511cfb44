package config

import (
	"fmt"
	"strings"
)

// variables are what "${NAME}" is looked up in: muster's environment, then the
// .env file beside the configuration.
type variables struct {
	environ, dotenv map[string]string
}

func (v variables) lookup(name string) (string, bool) {
	if s, ok := v.environ[name]; ok {
		return s, true
	}
	s, ok := v.dotenv[name]
	return s, ok
}

// reference is a "${...}" that cannot be replaced.
type reference struct {
	text string // as it is written
	why  string
}

// substitute replaces the references in a string, as compose does:
//
//	${NAME}            the value; that it is not set is an error
//	${NAME:-default}   the default if NAME is not set or empty, ${NAME-default} if it is not set
//	${NAME:?message}   the message as an error in these cases, ${NAME?message} likewise
//	${NAME:+other}     other if NAME is set and not empty, ${NAME+other} if it is set
//	$$                 a dollar sign
//
// What follows the operator may hold references of its own. A string that a
// shell is going to read keeps what only a shell understands: $NAME, $1,
// ${NAME%suffix}. In others $NAME is as good as ${NAME}.
func (v variables) substitute(s string, forShell bool) (string, []reference) {
	x := expansion{variables: v, forShell: forShell}
	return x.expand(s, 0), x.bad
}

// expansion is one call of substitute.
type expansion struct {
	variables
	forShell bool
	bad      []reference
}

// maxNested bounds defaults within defaults.
const maxNested = 20

func (x *expansion) expand(s string, depth int) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 || i == len(s)-1 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		switch s[1] {
		case '$':
			b.WriteByte('$')
			s = s[2:]
		case '{':
			end := closing(s)
			if end < 0 {
				x.refuse(s[:2], "is not closed; write $$ for a dollar sign")
				return b.String()
			}
			b.WriteString(x.braced(s[:end+1], depth))
			s = s[end+1:]
		default:
			n := nameLength(s[1:])
			if n == 0 || x.forShell {
				b.WriteString(s[:n+1])
			} else {
				b.WriteString(x.plain(s[1:n+1], s[:n+1]))
			}
			s = s[n+1:]
		}
	}
}

// braced is what "${...}" stands for.
func (x *expansion) braced(text string, depth int) string {
	inner := text[2 : len(text)-1]
	n := nameLength(inner)
	name, rest := inner[:n], inner[n:]
	if n > 0 && rest == "" {
		return x.plain(name, text)
	}
	op, arg := operator(rest)
	if n == 0 || op == "" {
		if !x.forShell {
			x.refuse(text, "is no reference to a variable: ${NAME}, ${NAME:-default} and ${NAME:?message} are; write $$ for a dollar sign")
		}
		return text
	}
	if depth == maxNested {
		x.refuse(text, "is nested too deeply")
		return ""
	}
	value, ok := x.lookup(name)
	if op[0] == ':' {
		ok = ok && value != ""
	}
	switch op[len(op)-1] {
	case '-':
		if !ok {
			return x.expand(arg, depth+1)
		}
	case '+':
		if !ok {
			return ""
		}
		return x.expand(arg, depth+1)
	case '?':
		if !ok {
			x.refuse(text, x.required(name, arg, depth))
		}
	}
	return value
}

// required words the error of ${NAME:?message}.
func (x *expansion) required(name, message string, depth int) string {
	if message == "" {
		return "is needed: " + name + " is not set"
	}
	return "is needed: " + x.expand(message, depth+1)
}

// plain is the value of a variable that has to be set.
func (x *expansion) plain(name, text string) string {
	value, ok := x.lookup(name)
	if ok {
		return value
	}
	why := fmt.Sprintf("is not set; ${%s:-} stands for nothing", name)
	if x.forShell {
		why += fmt.Sprintf(", $%s is left to the shell", name)
	}
	x.refuse(text, why)
	return ""
}

func (x *expansion) refuse(text, why string) { x.bad = append(x.bad, reference{text, why}) }

// operator splits what follows a name within braces.
func operator(s string) (op, arg string) {
	for _, op := range []string{":-", ":?", ":+", "-", "?", "+"} {
		if arg, ok := strings.CutPrefix(s, op); ok {
			return op, arg
		}
	}
	return "", ""
}

// closing is where the brace that s opens at 1 is closed; -1 if it is not.
func closing(s string) int {
	depth := 0
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '{':
			if s[i-1] == '$' {
				depth++
			}
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// nameLength is how much of s is a variable's name.
func nameLength(s string) int {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || '9' < c) {
			return i
		}
	}
	return len(s)
}
