package plan

// Key names an item among all that a command may be given: a hash of the
// command and the item. Equal items have equal keys.
type Key [16]byte

// Set is what an earlier run has done: of each key, how many times. Equal items
// cannot be told apart, nor need they be: of three that are equal, two done,
// one is left to do, whichever.
type Set struct{ left map[Key]uint32 }

// Add notes that an item of this key has been done once.
func (s *Set) Add(k Key) {
	if s.left == nil {
		s.left = map[Key]uint32{}
	}
	s.left[k]++
}

// Take reports whether an item of this key is done, and counts it off.
func (s *Set) Take(k Key) bool {
	switch n := s.left[k]; n {
	case 0:
		return false
	case 1:
		delete(s.left, k)
	default:
		s.left[k] = n - 1
	}
	return true
}

// Len is how many different keys are left.
func (s *Set) Len() int { return len(s.left) }
