package procs

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPoolName bounds a pool's name, in bytes.
const maxPoolName = 60

// PoolNameRule says in words what [GoodPoolName] asks for.
const PoolNameRule = "no slash, no white space, printable, at most 60 bytes"

// GoodPoolName reports whether a pool may have the name: it stands in "pool/slot",
// in the paths of logs, and at the start of printed lines.
func GoodPoolName(name string) bool {
	bad := func(r rune) bool { return r == '/' || unicode.IsSpace(r) || !unicode.IsPrint(r) }
	return name != "" && name != "." && name != ".." && len(name) <= maxPoolName &&
		utf8.ValidString(name) && !strings.ContainsFunc(name, bad)
}
