package permits

import (
	"strings"
	"testing"
)

// TestWhy: the reason names the rule that stands in the way, Yama's scope
// above all, and what to do about it.
func TestWhy(t *testing.T) {
	for _, tt := range []struct {
		a           Attach
		why, permit string
	}{
		{Attach{Owner: "ann", Yama: 1}, "belongs to ann", "as ann"},
		{Attach{Owner: "root", Yama: NoYama}, "belongs to root", "as root"},
		{Attach{Own: true, Yama: 1}, "ptrace_scope is 1, and it is no descendant", "ptrace_scope=0"},
		{Attach{Own: true, Yama: 2}, "ptrace_scope is 2", "as root"},
		{Attach{Own: true, Yama: 3}, "ptrace_scope is 3", "reboot"},
		{Attach{Own: true, Yama: 0}, "PR_SET_DUMPABLE", "as root"},
		{Attach{Own: true, Root: true, Yama: NoYama}, "container", "--cap-add"},
	} {
		why, permit := tt.a.why()
		if !strings.Contains(why, tt.why) || !strings.Contains(permit, tt.permit) {
			t.Errorf("%+v: %q, %q", tt.a, why, permit)
		}
	}
}
