package permits

import (
	"fmt"
	"io"
	"os"
)

// childCommand makes a copy of muster play a watched process.
const childCommand = "__watched"

// IsChild reports whether this process is to play one.
func IsChild(argv []string) bool { return len(argv) == 2 && argv[1] == childCommand }

// PlayChild says that it has begun, and waits until nobody holds the other end
// of its standard input.
func PlayChild() {
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin) // the end is all that matters
}
