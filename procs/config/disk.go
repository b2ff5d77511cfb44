package config

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// MaxBytes bounds a file: far more than anybody writes, and little enough to
// be read by a parser whose time grows faster than its input.
const MaxBytes = 1 << 20

var errTooLarge = fmt.Errorf("it is larger than %d KiB", MaxBytes>>10)

// readFile reads a file of bounded size.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("it is a directory")
	}
	b, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxBytes {
		return nil, errTooLarge
	}
	return b, nil
}
