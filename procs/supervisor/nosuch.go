package supervisor

import (
	"errors"
	"fmt"
)

// ErrNoSuch marks the errors about a process or pool that does not exist.
var ErrNoSuch = errors.New("there is no such process or pool")

// noSuch is an error that also is [ErrNoSuch], and says nothing more.
type noSuch struct{ error }

func (noSuch) Is(target error) bool { return target == ErrNoSuch }

func noSuchf(format string, args ...any) error { return noSuch{fmt.Errorf(format, args...)} }
