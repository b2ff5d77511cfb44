package spawn

import "testing"

func TestQueries(t *testing.T) {
	tests := []struct{ name, output, want string }{
		{"no escape", "plain text [c [6n", ""},
		{"DA1", "\x1b[c", "\x1b[?1;2c"},
		{"DA1, long form", "x\x1b[0cy", "\x1b[?1;2c"},
		{"DSR", "\x1b[5n\x1b[6n", "\x1b[0n\x1b[1;1R"},
		{"foreground, BEL", "\x1b]10;?\x07", "\x1b]10;rgb:ffff/ffff/ffff\x07"},
		{"background, ST", "\x1b]11;?\x1b\\", "\x1b]11;rgb:0000/0000/0000\x1b\\"},
		{"set colour is no query", "\x1b]11;#123456\x07", ""},
		{"colours", "\x1b[31mred\x1b[0m\x1b[38;5;10mgreen", ""},
		{"query within a query", "\x1b]11;?\x1b[c", "\x1b[?1;2c"},
		{"doubled escape", "\x1b\x1b[c", "\x1b[?1;2c"},
		{"DA2 is not answered", "\x1b[>c", ""},
	}
	for _, test := range tests {
		for size := 1; size <= len(test.output); size++ { // however it is cut into reads
			var q queries
			got := ""
			for rest := test.output; rest != ""; {
				n := min(size, len(rest))
				got += string(q.scan([]byte(rest[:n])))
				rest = rest[n:]
			}
			if got != test.want {
				t.Errorf("%s, %d bytes a read: got %q, want %q", test.name, size, got, test.want)
			}
		}
	}
}

func FuzzQueries(f *testing.F) {
	f.Add([]byte("a\x1b[c\x1b]11;?\x1b\\"), 3)
	f.Fuzz(func(t *testing.T, output []byte, cut int) {
		var whole, parts queries
		want := string(whole.scan(append([]byte(nil), output...)))
		cut = max(0, min(cut, len(output)))
		got := string(parts.scan(output[:cut])) + string(parts.scan(output[cut:]))
		if got != want || len(parts.held) > 16 {
			t.Errorf("cut at %d: got %q, want %q; holds %q", cut, got, want, parts.held)
		}
	})
}
