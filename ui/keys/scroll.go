package keys

// Scroll returns the first line in sight after an intent that moves through
// text, of which shown lines are in sight; ok is false if it does not move.
func Scroll(in Intent, top, shown, lines int) (newTop int, ok bool) {
	half := max(1, shown/2)
	switch in.Verb {
	case Up:
		top--
	case Down:
		top++
	case HalfUp, PageUp:
		top -= half
	case HalfDown, PageDown:
		top += half
	case Top:
		top = 0
	case Bottom:
		top = lines
	case Wheel:
		top += in.N
	default:
		return top, false
	}
	return max(0, min(top, lines-shown)), true
}

// Step says by how many rows an intent moves through a list of which shown rows
// are in sight; to one of its ends is further than any list is long. ok is false
// if it does not move.
func Step(in Intent, shown int) (n int, ok bool) {
	const far = 1 << 20
	switch in.Verb {
	case Down:
		return 1, true
	case Up:
		return -1, true
	case HalfDown:
		return max(1, shown/2), true
	case HalfUp:
		return -max(1, shown/2), true
	case PageDown:
		return max(1, shown-1), true
	case PageUp:
		return -max(1, shown-1), true
	case Top:
		return -far, true
	case Bottom:
		return far, true
	}
	return 0, false
}
