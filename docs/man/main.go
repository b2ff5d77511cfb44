// Man writes muster's manual pages, one a command, into a directory:
//
//	go run ./docs/man /usr/local/share/man/man1
//
// They say what --help says. It is a program of its own so that muster need
// not carry the formatter.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/spf13/cobra/doc"

	"example.com/muster/ui/cli"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("man: ")
	if len(os.Args) != 2 {
		log.Fatal("cannot write: name one directory")
	}
	if err := write(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

// write writes all pages into a directory, which is made if it is not there.
// They are of today, or of $SOURCE_DATE_EPOCH, so that a package can be built
// twice alike.
func write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot write the pages: %w", err)
	}
	root := cli.Command()
	root.DisableAutoGenTag = true
	return doc.GenManTree(root, &doc.GenManHeader{Title: "MUSTER", Section: "1", Source: "muster", Manual: "muster"}, dir)
}
