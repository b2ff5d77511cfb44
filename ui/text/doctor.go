package text

import (
	"cmp"
	"fmt"
	"strings"

	"example.com/muster/profiling/permits"
)

// Where where the verdict and the note begin.
const (
	doctorName    = 18
	doctorVerdict = 8
)

// Doctor is what this machine lets muster see, in groups of findings.
func Doctor(r permits.Report) string {
	var b strings.Builder
	group := ""
	for _, c := range r.Checks {
		if c.Group != group {
			heading(&b, c.Group)
			group = c.Group
		}
		finding(&b, c.Name, string(c.Verdict), c.Note, c.Permit)
	}
	heading(&b, "evidence of locks")
	for _, s := range r.Sources {
		finding(&b, s.Source, inWord(s.OK), s.Note, s.Permit)
	}
	heading(&b, "pythons found (none was run)")
	for _, p := range r.Pythons {
		finding(&b, cmp.Or(p.Version, "-"), inWord(p.Covered), strings.TrimPrefix(p.Note+", "+p.Path, ", "), "")
	}
	none(&b, len(r.Pythons))
	heading(&b, "debuggers found (none was run)")
	for _, d := range r.Debuggers {
		finding(&b, d.Name, "", d.Path, "")
	}
	none(&b, len(r.Debuggers))
	heading(&b, "put into the environment of children")
	for _, v := range r.Environment {
		fmt.Fprintf(&b, "  %-*s %s; to turn it off: %s\n", doctorName+doctorVerdict, v.Name+"="+v.Value, v.When, v.Off)
	}
	return b.String()
}

// Finding is one more group, of one finding.
func Finding(group, name string, verdict permits.Verdict, note string) string {
	var b strings.Builder
	heading(&b, group)
	finding(&b, name, string(verdict), note, "")
	return b.String()
}

func heading(b *strings.Builder, title string) {
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "%s\n", title)
}

// finding is a line, and a second one that says what would permit more.
func finding(b *strings.Builder, name, verdict, note, permit string) {
	line := fmt.Sprintf("  %-*s %-*s %s", doctorName, plainly(name), doctorVerdict, verdict, plainly(note))
	b.WriteString(strings.TrimRight(line, " ") + "\n")
	if permit != "" {
		fmt.Fprintf(b, "  %*s to permit: %s\n", doctorName+doctorVerdict+1, "", plainly(permit))
	}
}

func none(b *strings.Builder, n int) {
	if n == 0 {
		b.WriteString("  none\n")
	}
}

func inWord(ok bool) string {
	if ok {
		return string(permits.OK)
	}
	return string(permits.No)
}
