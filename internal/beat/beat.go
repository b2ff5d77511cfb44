// Package beat lets what is done again and again be done at the same moments. A
// program that sleeps is then woken once for all of it, and not for each by itself:
// of what looking costs an idle program, most is waking up.
package beat

import "time"

var begin = time.Now()

// Until returns how long it is from now to the next beat of a period: a whole
// multiple of it since the program began. A beat that is nearer than half of the period is
// left out, so that who has just done something does not do it again at once.
func Until(period time.Duration) time.Duration { return until(time.Since(begin), period) }

func until(since, period time.Duration) time.Duration {
	if period <= 0 {
		return 0
	}
	left := period - since%period
	if left < period/2 {
		left += period
	}
	return left
}
