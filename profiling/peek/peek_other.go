//go:build !linux

package peek

// ReadAt is not permitted on this system: it takes the rights of a debugger.
func (p Process) ReadAt([]byte, uint64) error { return p.wrap("memory", ErrNotPermitted) }

// ReadSome is not permitted either.
func (p Process) ReadSome([]byte, uint64) (int, error) {
	return 0, p.wrap("memory", ErrNotPermitted)
}

// Alive cannot be told here.
func (p Process) Alive() bool { return false }

// Maps is not permitted either.
func (p Process) Maps() ([]Mapping, error) { return nil, p.wrap("the mappings", ErrNotPermitted) }

// ReadParts is not permitted either.
func (p Process) ReadParts([]byte, []Part) (int, error) {
	return 0, p.wrap("memory", ErrNotPermitted)
}

// TIDs is not permitted either.
func (p Process) TIDs() (map[int]int, error) { return nil, p.wrap("the threads", ErrNotPermitted) }

// InnerPID is the number that is known.
func (p Process) InnerPID() int { return p.Ref.PID }

// Touched is not permitted either.
func (p Process) Touched(uint64, uint64) ([]Part, error) {
	return nil, p.wrap("the pages", ErrNotPermitted)
}
