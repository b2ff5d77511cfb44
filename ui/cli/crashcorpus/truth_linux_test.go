package crashcorpus_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"example.com/muster/session"
)

// crashTruth is what a program says of itself: testdata/crashes/README.md.
type crashTruth struct {
	crashes        []saidCrash
	reached, stays bool
}

type saidCrash struct {
	PID                        int
	Cause, Signal, Label       string
	Code                       *int
	Lives, Maybe, Dumped       bool
	Type, Format, Thread, Task string
	Headline, Frames, Chain    []string
	Group, Notes, Tail         []string
	Handled                    *bool
	TailShared                 *bool    `json:"tail_shared"`
	NotTail                    []string `json:"not_tail"`
	SameBefore                 *int     `json:"same_before"`
	Certainty                  string
	NotHeadline                []string `json:"not_headline"`
	MostFrames                 int      `json:"most_frames"`
	LongestHeadline            int      `json:"longest_headline"`
}

// readCrashTruth reads the lines that are whole.
func readCrashTruth(text []byte) (crashTruth, error) {
	var all crashTruth
	for line := range strings.Lines(string(text)) {
		if !strings.HasSuffix(line, "\n") {
			break
		}
		var one struct {
			Crash          *saidCrash
			Reached, Stays bool
		}
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			return all, fmt.Errorf("the truth is no JSON: %w in %s", err, line)
		}
		if one.Crash != nil {
			all.crashes = append(all.crashes, *one.Crash)
		}
		all.reached, all.stays = all.reached || one.Reached, all.stays || one.Stays
	}
	return all, nil
}

// compare says what is wrong with what muster tells, slot's own pid being root.
func (t *crashTruth) compare(told []session.CrashJSON) []string {
	var faults []string
	left := slices.Clone(told)
	for i := range t.crashes {
		said := &t.crashes[i]
		var why []string
		found := slices.IndexFunc(left, func(c session.CrashJSON) bool {
			if c.PID == nil || *c.PID != said.PID {
				return false
			}
			wrong := said.wrong(&c)
			if len(wrong) > 0 && (why == nil || len(wrong) < len(why)) {
				why = wrong
			}
			return len(wrong) == 0
		})
		switch {
		case found >= 0:
			left = slices.Delete(left, found, found+1)
		case why != nil:
			faults = append(faults, fmt.Sprintf("the %s of pid %d: %s", said.Cause, said.PID, strings.Join(why, "; ")))
			left = slices.DeleteFunc(left, func(c session.CrashJSON) bool { return *c.PID == said.PID && slices.Equal(said.wrong(&c), why) })
		case !said.Maybe:
			faults = append(faults, fmt.Sprintf("the %s of pid %d is not told (%v)", said.Cause, said.PID, said.Headline))
		}
	}
	for i := range left {
		faults = append(faults, fmt.Sprintf("told, but no crash: %s pid %d: %s: %s", left[i].Process, *left[i].PID, left[i].Cause, left[i].Headline))
	}
	return faults
}

// wrong says in what a crash that is told is not the one that was said.
func (s *saidCrash) wrong(c *session.CrashJSON) (faults []string) {
	check := func(ok bool, what string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Sprintf(what, args...))
		}
	}
	oneOf := func(all, one string) bool { return slices.Contains(strings.Split(all, "|"), one) }
	check(oneOf(s.Cause, string(c.Cause)), "the cause is %s", c.Cause)
	if s.Certainty == "" {
		s.Certainty = "certain|likely"
	}
	check(oneOf(s.Certainty, string(c.Certainty)), "it is %s", c.Certainty)
	check(strings.HasPrefix(c.Process, "crash/0") && strings.Contains(strings.TrimPrefix(c.Process, "crash/0"), s.Label), "the process is %s", c.Process)
	if s.Lives {
		check(c.Exit == nil, "it is said to have ended")
	}
	if s.Code != nil {
		check(c.Exit != nil && c.Exit.Code != nil && *c.Exit.Code == *s.Code, "the exit is not code %d: %s", *s.Code, text(c.Exit))
	}
	if s.Signal != "" {
		check(c.Exit != nil && c.Exit.Signal != nil && *c.Exit.Signal == s.Signal, "the exit is not by %s: %s", s.Signal, text(c.Exit))
	}
	if s.Dumped {
		check(c.Exit != nil && c.Exit.Core, "no core was dumped: %s", text(c.Exit))
		check(c.Core != nil && (c.Core.Path != "" || c.Core.How != ""), "nothing is said of its core")
		if c.Core != nil && c.Core.Path != "" {
			_, err := os.Stat(c.Core.Path)
			check(err == nil, "its core is not there: %v", err)
		}
	}
	for _, word := range s.Headline {
		check(regexp.MustCompile(word).MatchString(c.Headline) || strings.Contains(c.Headline, word), "the headline %q lacks %q", short(c.Headline), word)
	}
	for _, word := range s.NotHeadline {
		check(!regexp.MustCompile(word).MatchString(c.Headline), "the headline %q has %q", short(c.Headline), word)
	}
	check(!strings.ContainsAny(c.Headline, "\x1b\x07\n"), "the headline %q has control characters", short(c.Headline))
	check(s.LongestHeadline == 0 || len(c.Headline) <= s.LongestHeadline, "the headline has %d bytes", len(c.Headline))
	s.checkException(c, check, oneOf)
	for _, word := range s.Tail {
		check(slices.ContainsFunc(c.Tail, func(l string) bool { return strings.Contains(l, word) }), "no last line has %q", word)
	}
	for _, word := range s.NotTail {
		check(!slices.ContainsFunc(c.Tail, func(l string) bool { return strings.Contains(l, word) }), "a last line has %q", word)
	}
	check(s.TailShared == nil || c.TailShared == *s.TailShared, "that its last lines are shared is said to be %t", c.TailShared)
	check(s.SameBefore == nil || c.SameBefore == *s.SameBefore, "there were %d of its kind before", c.SameBefore)
	for _, word := range s.Notes {
		check(slices.ContainsFunc(c.Notes, func(n session.NoteJSON) bool { return strings.Contains(n.Text, word) }), "no note has %q: %s", word, text(c.Notes))
	}
	if s.Task != "" {
		check(c.Task != nil && strings.Contains(*c.Task, s.Task), "the task is %s", text(c.Task))
	}
	if s.Handled != nil {
		check(c.Handled != nil && *c.Handled == *s.Handled, "handled is %s", text(c.Handled))
	}
	return faults
}

func (s *saidCrash) checkException(c *session.CrashJSON, check func(bool, string, ...any), oneOf func(string, string) bool) {
	if s.Type+s.Format+s.Thread == "" && len(s.Frames)+len(s.Chain)+len(s.Group) == 0 {
		return
	}
	if check(c.Exception != nil, "it has no exception"); c.Exception == nil {
		return
	}
	e := c.Exception
	check(s.Type == "" || oneOf(s.Type, e.Type), "the type is %s", e.Type)
	check(s.Format == "" || oneOf(s.Format, c.Format), "the format is %s", c.Format)
	check(strings.Contains(c.Thread, s.Thread), "the thread is %q", c.Thread)
	var user []string
	for _, f := range e.Frames {
		if !f.Library {
			user = append(user, fmt.Sprintf("%s:%d %s", filepath.Base(f.File), f.Line, f.Function))
		}
	}
	for i, want := range s.Frames {
		if i >= len(user) || user[i] != want && !strings.HasPrefix(user[i], want+" ") {
			check(false, "the user's frames are %q, not %q", user, s.Frames)
			break
		}
	}
	check(s.MostFrames == 0 || len(e.Frames) <= s.MostFrames, "it has %d frames", len(e.Frames))
	check(typesAre(e.Chain, s.Chain), "the chain is %s, not %q", text(e.Chain), s.Chain)
	check(typesAre(e.Group, s.Group), "the group is %s, not %q", text(e.Group), s.Group)
}

// typesAre reports whether exceptions have these types; none are not compared.
func typesAre(all []session.ExceptionJSON, types []string) bool {
	return len(types) == 0 || slices.EqualFunc(all, types, func(e session.ExceptionJSON, want string) bool { return e.Type == want })
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return short(string(b))
}

func short(s string) string {
	if len(s) > 600 {
		return s[:600] + "..."
	}
	return s
}
