package crash

import (
	"strings"
	"testing"
)

func TestTimeoutKills(t *testing.T) {
	for command, want := range map[string]bool{
		"timeout -k 1 5 x":               true,
		"timeout -k1 5 x":                true,
		"/usr/bin/timeout -s KILL 5 x":   true,
		"timeout -s 9 5 x":               true,
		"timeout -sKILL 5 x":             true,
		"timeout --signal=SIGKILL 5 x":   true,
		"timeout --signal kill 5 x":      true,
		"timeout --kill-after=3 5 x":     true,
		"timeout -v --kill-after 3 5 x":  true,
		"timeout -s INT -k 3 5 x":        true,
		"timeout 5 x":                    false,
		"timeout 5 x -k 3":               false,
		"timeout -s INT 5 x":             false,
		"timeout -- -k":                  false,
		"timeout -s":                     false,
		"timeout --signal=TERM 5 x KILL": false,
		"kill -k":                        false,
		"timeout":                        false,
	} {
		if got := timeoutKills(strings.Fields(command)); got != want {
			t.Errorf("%s: %v", command, got)
		}
	}
}
