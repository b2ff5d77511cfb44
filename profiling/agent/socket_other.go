//go:build !unix

package agent

import (
	"errors"
	"os"
)

// listen makes no socket on this system.
func listen(string, string) *os.File { return nil }

func accept(*os.File) (*os.File, error) { return nil, errors.ErrUnsupported }
