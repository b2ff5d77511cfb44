package session

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// private reports why a directory must not be used for what only its owner
// may see: it is not a directory, somebody else's, or open to others. A
// directory of one's own that is open to others is closed first.
func private(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok {
		return fmt.Errorf("%s is not a directory", dir)
	}
	if int(st.Uid) != os.Getuid() {
		return fmt.Errorf("%s belongs to somebody else", dir)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return os.Chmod(dir, fs.FileMode(0o700))
	}
	return nil
}
