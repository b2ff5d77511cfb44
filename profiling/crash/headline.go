package crash

import (
	"fmt"
	"path"
	"strings"
	"unicode"
)

// maxHeadline bounds a headline, in runes.
const maxHeadline = 240

// Headline is one line for a person: "ValueError: bad width, at resize.py:12
// in resize". It is bounded and has no control characters.
func (e *Exception) Headline() string {
	s := e.Type
	if s == "" {
		s = "an error whose name is not known"
	}
	where := place(e.Top())
	if m := oneLine(e.Message, maxHeadline-len(": , at ")-len(where)-len(s)); m != "" {
		s += ": " + m
	}
	if where != "" {
		s = unstopped(s) + ", at " + where
	}
	return oneLine(s, maxHeadline)
}

// unstopped leaves out the full stop at the end of a sentence that goes on; that of
// an ellipsis stays.
func unstopped(s string) string {
	if strings.HasSuffix(s, "..") {
		return s
	}
	return strings.TrimSuffix(s, ".")
}

// place is "resize.py:12 in resize".
func place(f *Frame) string {
	if f == nil {
		return ""
	}
	s := path.Base(strings.ReplaceAll(f.File, `\`, "/"))
	if f.File == "" {
		s = ""
	}
	if s != "" && f.Line > 0 {
		s = fmt.Sprintf("%s:%d", s, f.Line)
	}
	fn := shortFunction(f.Function)
	switch {
	case fn == "" || fn == "<module>":
	case s == "":
		s = fn
	default:
		s += " in " + fn
	}
	return oneLine(s, maxHeadline/2)
}

// shortFunction leaves out the directory of a Go package's path.
func shortFunction(fn string) string {
	head := fn
	if i := strings.IndexAny(fn, "([<"); i >= 0 {
		head = fn[:i]
	}
	return fn[strings.LastIndexByte(head, '/')+1:]
}

// oneLine is the first line of s that is not blank, without control
// characters, cut to n runes.
func oneLine(s string, n int) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, "\n\r"); i >= 0 {
		s = s[:i]
	}
	out := make([]rune, 0, min(len(s), max(n, 8)))
	for _, r := range s {
		if len(out) >= max(n, 8) {
			out[len(out)-1] = '…'
			break
		}
		switch {
		case r == '\t':
			r = ' '
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			continue // format characters could turn the text around
		}
		out = append(out, r)
	}
	return strings.TrimSpace(string(out))
}

// GroupKey is equal for crashes of one kind: the type, and the innermost frame
// of the user's own code. Where there is none, the library's function stands for
// it without its line, and where there is no frame at all the message does,
// with the numbers in it alike.
func (e *Exception) GroupKey() string {
	f := e.Top()
	switch {
	case f == nil, f.Library && f.Function == "":
		return e.Type + "|" + alike(oneLine(e.Message, maxHeadline))
	case f.Library:
		return e.Type + "|" + alike(f.Function)
	case f.Function == "" || f.Line > 0:
		return fmt.Sprintf("%s|%s:%d|%s", e.Type, f.File, f.Line, alike(f.Function))
	}
	return e.Type + "|" + f.File + "|" + alike(f.Function)
}

// alike puts # for each number in s, hexadecimal ones included.
func alike(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		c := s[i]
		if c < '0' || c > '9' {
			b.WriteByte(c)
			i++
			continue
		}
		b.WriteByte('#')
		if hex := strings.HasPrefix(s[i:], "0x"); hex {
			i += 2
		}
		for i < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[i]) >= 0 {
			i++
		}
	}
	return b.String()
}

// bounded cuts a message to [MaxMessage] bytes.
func bounded(s string) string {
	if len(s) > MaxMessage {
		s = strings.ToValidUTF8(s[:MaxMessage], "")
	}
	return s
}
