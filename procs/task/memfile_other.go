//go:build !linux

package task

import "os"

// memFile makes a file without a name.
func memFile() (*os.File, error) { return namedTempFile("") }

// fionread asks a pipe how much is in it; see sys/filio.h.
const fionread = 0x4004667f
