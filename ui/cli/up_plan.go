package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"example.com/muster/procs"
	"example.com/muster/procs/config"
	"example.com/muster/profiling"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/text"
)

// printPlan prints what a configuration would run.
func (a *app) printPlan(f *config.File, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(planOf(f))
	}
	return writePlan(a.stdout, f)
}

// writePlan writes the plan for a person: what differs from the defaults, and
// the order of start.
func writePlan(w io.Writer, f *config.File) error {
	var b strings.Builder
	n := 0
	for _, s := range f.Specs {
		if !s.Disabled {
			n += s.Size
		}
	}
	fmt.Fprintf(&b, "%s: %s, %s\n", f.Path, profiling.Count(len(f.Specs), "pool", "pools"), profiling.Count(n, "process", "processes"))
	for _, s := range f.Specs {
		fmt.Fprintf(&b, "\n%s  %s%s\n", s.Name, profiling.Count(s.Size, "process", "processes"), map[bool]string{true: ", disabled"}[s.Disabled])
		for _, line := range planLines(s, f.Dir) {
			fmt.Fprintf(&b, "  %-11s %s\n", line[0], draw.Plain([]byte(line[1]), 4000))
		}
	}
	fmt.Fprintf(&b, "\norder of start\n")
	for i, level := range config.Levels(f.Specs) {
		fmt.Fprintf(&b, "%3d  %s\n", i+1, strings.Join(level, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// planLines are the keys of a pool and their values in words.
func planLines(s procs.Spec, dir string) (lines [][2]string) {
	add := func(key, value string) { lines = append(lines, [2]string{key, value}) }
	plain := procs.Spec{Restart: procs.RestartPolicy{Max: procs.DefaultMaxRestart}}.WithDefaults()
	add("command", text.Command(s.Argv))
	if s.Dir != dir {
		add("cwd", relativeTo(dir, s.Dir))
	}
	for _, kv := range s.Env {
		add("env", masked(kv))
	}
	if s.Output != plain.Output {
		add("output", string(s.Output))
	}
	if s.Restart.When != procs.RestartNo || s.Live != nil {
		add("restart", restartWords(s.Restart))
	}
	if s.Stop != plain.Stop {
		add("stop", stopWords(s.Stop))
	}
	if s.MaxUnavailable != plain.MaxUnavailable {
		add("update", profiling.Count(s.MaxUnavailable, "process", "processes")+" at a time")
	}
	if s.Ready != nil {
		add("ready", probeWords(s.Ready))
	}
	if s.Live != nil {
		add("live", probeWords(s.Live))
	}
	for _, d := range s.DependsOn {
		add("depends_on", d.Pool+" "+string(d.On))
	}
	if len(s.Watch.Patterns) > 0 {
		watch := strings.Join(s.Watch.Patterns, " ")
		if s.Watch.Dependants {
			watch += ", with dependants"
		}
		add("watch", watch)
	}
	if len(s.OnCrash) > 0 {
		add("on_crash", text.Command(s.OnCrash))
	}
	if s.FailFast {
		add("fail_fast", "true")
	}
	for _, t := range s.ProfileWhen {
		add("profile_when", t.String())
	}
	if s.Pprof != "" {
		add("pprof", s.Pprof)
	}
	return lines
}

// secretWords are parts of the names of variables whose values nobody prints.
var secretWords = []string{"PASSWORD", "PASSWD", "SECRET", "TOKEN", "KEY"}

// masked hides the value of a variable whose name says that it is a secret: a
// plan is shown to others, and kept by CI. An empty value is none.
func masked(kv string) string {
	name, value, _ := strings.Cut(kv, "=")
	upper := strings.ToUpper(name)
	if value != "" && slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(upper, w) }) {
		return name + "=***"
	}
	return kv
}

// maskedAll is masked for each of them; the result is a new slice.
func maskedAll(env []string) []string {
	all := make([]string, len(env))
	for i, kv := range env {
		all[i] = masked(kv)
	}
	return all
}

func relativeTo(dir, path string) string {
	if rel, err := filepath.Rel(dir, path); err == nil && !strings.HasPrefix(rel, "../..") {
		return rel
	}
	return path
}

func restartWords(p procs.RestartPolicy) string {
	limit := fmt.Sprintf("at most %d in a row", p.Max)
	if p.Max == 0 {
		limit = "without limit"
	}
	when := string(p.When)
	if p.When == procs.RestartNo {
		when = "when live says no"
	}
	return fmt.Sprintf("%s, %s, after %v doubling to %v, reset after %v", when, limit, p.Backoff, p.BackoffMax, p.ResetAfter)
}

func stopWords(p procs.StopPolicy) string {
	to := "the group"
	if p.ToLeader {
		to = "the leader"
	}
	return fmt.Sprintf("%v to %s, SIGKILL after %v", p.Signal, to, p.Grace)
}

func probeWords(p *procs.Probe) string {
	var what string
	if len(p.Exec) > 0 {
		what = "exec " + text.Command(p.Exec)
	} else {
		what = p.String()
	}
	if p.LogLine != "" {
		return what
	}
	s := fmt.Sprintf("%s, every %v, timeout %v, fails after %d", what, p.Every, p.Timeout, p.Failures)
	if p.Delay > 0 {
		s += fmt.Sprintf(", first after %v", p.Delay)
	}
	return s
}
