package session

import (
	"strings"
	"testing"
)

// TestSameMessage: what an agent tells and what has been printed is one message,
// however each has been cut, and whatever a terminal makes of it; others are not.
func TestSameMessage(t *testing.T) {
	long := strings.Repeat("0123456789", 500)
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"no such picture", "no such picture", true},
		{"", "", true},
		{"", "x", false},
		{"no such picture", "no such picture: a.jpg", false},
		{"no such picture", "no such picture\nand then it went on", true},
		{"", "\nbye", true},
		{"red\u202e\r\nsecond\tthird", "red\nsecond third", true},
		{long[:1000], long[:4096], true},
		{long[:1000], "x" + long[:999], false},
		{long[:800], long[:810], false},
	} {
		if sameMessage(tt.a, tt.b) != tt.same || sameMessage(tt.b, tt.a) != tt.same {
			t.Errorf("%.40q and %.40q: not %v", tt.a, tt.b, tt.same)
		}
	}
}
