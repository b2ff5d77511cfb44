// Report reads what bench/run measured, one JSON object a line, and writes
// the page docs/performance.md: what the project promises and whether it
// holds, then every figure with all its repetitions.
//
// The promises are the table in promises.go; samples.go reads the figures and
// page.go writes them.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

func main() {
	commit := flag.String("commit", "unknown", "what was measured")
	kernel := flag.String("kernel", "unknown", "release of the kernel")
	peers := flag.String("peers", "", "names and versions of the peers")
	note := flag.String("note", "", "what is missing, and why")
	out := flag.String("o", "", "write the page to `FILE` too")
	flag.Parse()

	samples, err := read(os.Stdin)
	if err != nil {
		fail(err)
	}
	var page strings.Builder
	writePage(&page, samples, facts{
		Commit: *commit, Kernel: *kernel, Peers: *peers, Note: *note,
		Cores: runtime.NumCPU(), Go: runtime.Version(), Date: time.Now().UTC(),
	})
	if _, err := io.WriteString(os.Stdout, page.String()); err != nil {
		fail(err)
	}
	if *out != "" {
		if err := os.WriteFile(*out, []byte(page.String()), 0o644); err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "report: cannot write the report:", err)
	os.Exit(2)
}
