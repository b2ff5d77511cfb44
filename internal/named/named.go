// Package named tells whether a file still has its name: somebody may have removed it,
// or the directory that it was in, or put another file in its place.
package named

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Gone reports whether an error says that nothing has a name: it is not there, or what
// should be a directory on the way to it is none. Any other error, as of permissions,
// tells nothing about that.
func Gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) }

// Lost reports whether a file does not have its name any more: nothing has it, or
// another file. Of a nil file it reports whether nothing has the name. What cannot be found
// out counts as that the name is not lost. A symbolic link is a file of its own.
func Lost(name string, file fs.FileInfo) bool {
	there, err := os.Lstat(name)
	if err != nil {
		return Gone(err)
	}
	return file != nil && !os.SameFile(there, file)
}
