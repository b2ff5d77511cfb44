package debug

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	for name, c := range map[string]struct {
		process   Process
		installed string
		argv      string
		inside    bool
		why, hint string
	}{
		"Python 3.8":           {process: Process{Kind: Python, Minor: 8}, installed: "gdb", inside: true},
		"Python 3.13, no root": {process: Process{Kind: Python, Minor: 13, Refused: "Yama"}, inside: true},
		"Python 3.14":          {process: Process{Kind: Python, Minor: 14, Exe: "/opt/python3.14"}, argv: "/opt/python3.14 -m pdb -p 7"},
		"Python 3.14, no root": {process: Process{Kind: Python, Minor: 14, Refused: "Yama", Permit: "sudo"}, why: "not permitted: Yama", hint: "sudo"},
		"Go":                   {process: Process{Kind: Go}, installed: "gdb dlv", argv: "/bin/dlv attach 7"},
		"Go without dlv":       {process: Process{Kind: Go}, installed: "gdb lldb", argv: "/bin/gdb -q -p 7"},
		"Go, nothing":          {process: Process{Kind: Go}, why: "no debugger is installed", hint: "go install github.com/go-delve"},
		"C":                    {process: Process{Kind: Native}, installed: "dlv gdb lldb", argv: "/bin/gdb -q -p 7"},
		"C with lldb":          {process: Process{Kind: Native}, installed: "lldb", argv: "/bin/lldb -p 7"},
		"C, nothing":           {process: Process{Kind: Native}, installed: "dlv", why: "no debugger is installed", hint: "install gdb"},
		"C, debugged":          {process: Process{Kind: Native, Traced: 9}, installed: "gdb", why: "pid 9 debugs it already", hint: "end that"},
		"C, no root":           {process: Process{Kind: Native, Refused: "Yama", Permit: "sudo"}, installed: "gdb", why: "not permitted: Yama", hint: "sudo"},
	} {
		c.process.PID = 7
		plan, err := Choose(c.process, func(tool string) string {
			if slices.Contains(strings.Fields(c.installed), tool) {
				return "/bin/" + tool
			}
			return ""
		})
		if got := strings.Join(plan.Argv, " "); got != c.argv || plan.Inside != c.inside {
			t.Errorf("%s: %+v", name, plan)
		}
		var refused *Refusal
		if errors.As(err, &refused) != (c.why != "") || refused != nil && (!strings.Contains(refused.Why, c.why) || !strings.HasPrefix(refused.Hint, c.hint)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
