package cli

import "testing"

// TestTheCodeAfterTheScreen: Ctrl-C at the screen interrupts what runs, so that nothing
// that was to follow it does; q leaves, which is a good end, and so is Ctrl-C once all has ended.
func TestTheCodeAfterTheScreen(t *testing.T) {
	t.Parallel() // it mostly waits
	d := newDesk(t)
	for _, tt := range []struct {
		name    string
		command []string
		shown   string
		keys    []string
		code    string
	}{
		{"q", []string{"sleep", "60"}, "1 running", []string{"q", "y"}, "[code 0]"},
		{"answered", []string{"sleep", "60"}, "1 running", []string{"C-c", "y"}, "[code 130]"},
		{"twice", []string{"sleep", "60"}, "1 running", []string{"C-c", "C-c"}, "[code 130]"},
		{"at-the-question", []string{"sleep", "60"}, "1 running", []string{"q", "C-c"}, "[code 130]"},
		{"declined", []string{"sleep", "60"}, "1 running", []string{"C-c", "n", "q", "y"}, "[code 0]"},
		{"ended", []string{"true"}, "it has ended", []string{"C-c"}, "[code 0]"},
		{"failed", []string{"sh", "-c", "exit 3"}, "1 crashed", []string{"C-c"}, "[code 3]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := d.terminal(tt.name, append([]string{"run", "--"}, tt.command...)...)
			m.see(tt.shown)
			m.press(tt.keys...)
			m.see(tt.code)
		})
	}
}
