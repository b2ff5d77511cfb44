package cli

import (
	"testing"

	"example.com/muster/session"
)

// TestLastWordOfAFullScreenProgram: what was printed before it began is not its last word.
func TestLastWordOfAFullScreenProgram(t *testing.T) {
	p := session.ProcessJSON{LastLine: "before"}
	if got := lastWord(p); got != "before" {
		t.Errorf("%q", got)
	}
	p.FullScreen = true
	if got := lastWord(p); got != "(full screen)" {
		t.Errorf("on the alternate screen %q", got)
	}
}
