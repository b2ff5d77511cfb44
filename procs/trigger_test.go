package procs_test

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

func TestTriggersAreRead(t *testing.T) {
	for _, tt := range []struct {
		text string
		want procs.Trigger
		is   string
	}{
		{"cpu>90% for 5s", procs.Trigger{When: procs.WhenCPU, Over: 90, For: 5 * time.Second}, "cpu>90% for 5s"},
		{" cpu > 150.5 % ", procs.Trigger{When: procs.WhenCPU, Over: 150.5}, "cpu>150.5%"},
		{"rss>1GiB", procs.Trigger{When: procs.WhenRSS, Over: 1 << 30}, "rss>1GiB"},
		{"rss>1.5GiB for 1m", procs.Trigger{When: procs.WhenRSS, Over: 3 << 29, For: time.Minute}, "rss>1536MiB for 1m0s"},
		{"rss>500MB", procs.Trigger{When: procs.WhenRSS, Over: 5e8}, "rss>500000000B"},
		{"blocked>2s", procs.Trigger{When: procs.WhenBlocked, Over: 2}, "blocked>2s"},
		{"blocked>250ms", procs.Trigger{When: procs.WhenBlocked, Over: 0.25}, "blocked>250ms"},
		{"exit", procs.Trigger{When: procs.WhenExit}, "exit"},
	} {
		got, err := procs.ParseTrigger(tt.text)
		if err != nil || got != tt.want || got.String() != tt.is {
			t.Errorf("%q: %+v %q, %v", tt.text, got, got, err)
		}
		if again, err := procs.ParseTrigger(got.String()); err != nil || again != got {
			t.Errorf("%q, read again: %+v, %v", got, again, err)
		}
	}
}

func TestWhatIsNoTrigger(t *testing.T) {
	for _, text := range []string{
		"", "cpu", "cpu>", "cpu>90", "cpu>90%for5s", "cpu>90% for", "cpu>90% for ever", "cpu>0%", "cpu<5%", "cpu>1GiB", "rss>90%", "rss>5s", "rss>1GiB for -1s",
		"blocked>90%", "blocked>2s for 3s", "blocked>1GiB", "exit>1", "crash", "cpu>90%; exit", "cpu>1e9%", "cpu>9999999999999999999999999999999999999999 s",
	} {
		got, err := procs.ParseTrigger(text)
		if err == nil {
			t.Errorf("%q is read as %+v", text, got)
			continue
		}
		if msg := err.Error(); strings.Contains(msg, "\n") || !strings.HasSuffix(msg, "the forms are cpu>90% for 5s, rss>1GiB, blocked>2s and exit") {
			t.Errorf("%q: %s", text, msg)
		}
	}
}
