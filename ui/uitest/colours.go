package uitest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// Frame is a frame at a size.
type Frame struct {
	Name string // "80x24"
	Text string
}

// GoldenColours compares in which colours and attributes frames are written with
// testdata/NAME.colours. That file has a letter for each way of writing ("b 1;38;5;81"
// are SGR parameters, "." is the terminal's own), and for each line of a frame how many
// cells of which letter follow each other; spaces at its end are left out.
func GoldenColours(t testing.TB, name string, frames []Frame) {
	t.Helper()
	c := colours{letters: map[string]string{"": "."}}
	for _, f := range frames {
		c.frame(f)
	}
	kept(t, "colouring", name+".colours", c.legend()+c.out.String())
}

// colours writes down the ways in which cells are written.
type colours struct {
	letters map[string]string // by SGR parameters
	out     strings.Builder
}

const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// letter names a way of writing.
func (c *colours) letter(style string) string {
	l, ok := c.letters[style]
	if !ok {
		n := len(c.letters) - 1
		l = string(alphabet[n%len(alphabet)])
		if n >= len(alphabet) { // "a1"
			l += fmt.Sprint(n / len(alphabet))
		}
		c.letters[style] = l
	}
	return l
}

func (c *colours) legend() string {
	var lines []string
	for style, l := range c.letters {
		if style != "" {
			lines = append(lines, l+" "+style+"\n")
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func (c *colours) frame(f Frame) {
	fmt.Fprintf(&c.out, "\n%s\n", f.Name)
	style := ""
	for line := range strings.SplitSeq(f.Text, "\n") {
		var runs []string
		last, n := "", 0
		put := func(letter string, cells int) {
			if letter != last && n > 0 {
				runs, n = append(runs, fmt.Sprint(last, n)), 0
			}
			last, n = letter, n+cells
		}
		for line != "" {
			text, rest, found := strings.Cut(line, "\x1b[")
			put(c.letter(style), ansi.StringWidth(text))
			if line = rest; found {
				style, line = written(style, line)
			}
		}
		if last != "." && n > 0 {
			runs = append(runs, fmt.Sprint(last, n))
		}
		c.out.WriteString(strings.Join(runs, " ") + "\n")
	}
}

// written returns the way of writing after a sequence, and what follows that.
func written(style, line string) (after, rest string) {
	params, rest, _ := strings.Cut(line, "m")
	switch {
	case params == "" || params == "0":
		return "", rest
	case style == "":
		return params, rest
	}
	return style + ";" + params, rest
}
