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
