package permits

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sectionsOf cuts a document at its headings of the third rank, each of which may name several lines of doctor.
func sectionsOf(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, part := range regexp.MustCompile(`(?m)^#{2,3} `).Split(string(text), -1) {
		names, body, _ := strings.Cut(part, "\n")
		for name := range strings.SplitSeq(names, ", ") {
			sections[name] = body
		}
	}
	return sections
}

// TestTroubleshooting: docs/troubleshooting.md has a section for each line that doctor can print, and what doctor advises stands in it.
func TestTroubleshooting(t *testing.T) {
	sections := sectionsOf(t, "../../docs/troubleshooting.md")
	advised := map[string]bool{}
	for _, f := range troubled() {
		report := Judge(f)
		for _, c := range report.Checks {
			body, ok := sections[c.Name]
			if c.Verdict == OK {
				continue
			}
			advised[c.Name] = true
			permit, _, _ := strings.Cut(c.Permit, "; ") // what follows explains it
			if !ok || !strings.Contains(body, "`"+permit+"`") && !pointsToYama(c, body) {
				t.Errorf("docs/troubleshooting.md does not say under %q: `%s`", c.Name, permit)
			}
		}
		for _, s := range report.Sources {
			if body, ok := sections[s.Source]; !ok || strings.TrimSpace(body) == "" {
				t.Errorf("docs/troubleshooting.md has no section %q", s.Source)
			}
		}
	}
	for _, c := range append(Judge(good()).Checks, Judge(Facts{OS: "darwin"}).Checks...) {
		if c.Name != "container" && !advised[c.Name] { // which is a fact and no trouble
			t.Errorf("no trouble of %q is tried here", c.Name)
		}
	}
	for _, version := range []string{"", "3.7", "3.13t", "3.12d"} {
		if _, note := covered(version); !strings.Contains(sections["pythons found"], "`"+note+"`") {
			t.Errorf("docs/troubleshooting.md does not explain the note %q", note)
		}
	}
}

// pointsToYama reports whether a check is advised to change Yama, and its section leads to that of Yama.
func pointsToYama(c Check, body string) bool {
	var permits []string
	for _, scope := range []int{2, 3} {
		permits = append(permits, yamaCheck(Facts{Yama: scope}).Permit)
	}
	return slices.Contains(permits, c.Permit) && strings.Contains(body, "(#yama)")
}

// troubled are machines each of which lacks something.
func troubled() []Facts {
	two, three := 2, 3
	all := []Facts{{OS: "darwin"}}
	for _, change := range []func(*Facts){
		func(f *Facts) { f.Kernel = "5.4.0" },
		func(f *Facts) { f.Yama = 1 },
		func(f *Facts) { f.Yama, f.Syscall, f.Memory, f.FDs = 2, "EPERM", "EPERM", "EPERM" },
		func(f *Facts) { f.Yama, f.Memory = 3, "EPERM" },
		func(f *Facts) { f.PerfParanoid = nil },
		func(f *Facts) { f.PerfParanoid = &two },
		func(f *Facts) { f.PerfParanoid, f.Perf = &three, "EACCES" },
		func(f *Facts) { f.Perf = "EACCES" },
		func(f *Facts) { f.Child, f.Syscall, f.Memory, f.FDs = "EAGAIN", "EAGAIN", "EAGAIN", "EAGAIN" },
		func(f *Facts) { f.Connector, f.PidfdInfo, f.MemoryEvents, f.ByWriter = "no", "no", "no", "no" },
		func(f *Facts) { f.FilesHard, f.SharedMemoryFree, f.CorePattern = 1024, 1, "" },
		func(f *Facts) { f.SharedMemory = "ENOENT" },
	} {
		f := good()
		change(&f)
		all = append(all, f)
	}
	return all
}
