package draw

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// NotKnown is shown for a value that could not be read. It is never a number.
const NotKnown = "-"

// The most cells that a number takes.
const (
	BytesWidth    = 7 // "310 MiB"
	DurationWidth = 5 // "23h59"
	PercentWidth  = 5 // "1600%"
)

// Bytes writes a number of bytes in at most [BytesWidth] cells: "512 B",
// "1.2 GiB", "310 MiB". A negative number is not known.
func Bytes(n int64) string {
	if n < 0 {
		return NotKnown
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, units := float64(n), []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	for i, unit := range units {
		v /= 1024
		switch {
		case v < 9.95:
			return strconv.FormatFloat(v, 'f', 1, 64) + " " + unit
		case v < 999.5 || i == len(units)-1:
			return strconv.FormatFloat(v, 'f', 0, 64) + " " + unit
		}
	}
	return NotKnown
}

// Duration writes how long something has been so, in at most
// [DurationWidth] cells: "350ms", "42s", "3:12", "1h02", "2d03h", "120d".
// A negative duration is not known.
func Duration(d time.Duration) string {
	s := int64(d / time.Second)
	switch {
	case d < 0:
		return NotKnown
	case d < time.Millisecond:
		return strconv.FormatInt(int64(d/time.Microsecond), 10) + "µs"
	case d < time.Second:
		return strconv.FormatInt(int64(d/time.Millisecond), 10) + "ms"
	case s < 60:
		return strconv.FormatInt(s, 10) + "s"
	case s < 3600:
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	case s < 24*3600:
		return fmt.Sprintf("%dh%02d", s/3600, s/60%60)
	case s < 10*24*3600:
		return fmt.Sprintf("%dd%02dh", s/86400, s/3600%24)
	}
	return strconv.FormatInt(s/86400, 10) + "d"
}

// Estimate writes how long something may take: as [Duration], but not less than a
// second, as nobody knows that.
func Estimate(d time.Duration) string { return Duration(max(d, time.Second)) }

// Took writes how long something took that is over: as [Duration], but from one second to ten with a
// tenth, "1.9s", and in nanoseconds where it was that quick, "300ns".
func Took(d time.Duration) string {
	switch {
	case d >= time.Second:
		return Age(d)
	case d > 0 && d < time.Microsecond:
		return strconv.FormatInt(int64(d), 10) + "ns"
	}
	return Duration(d)
}

// RanFor writes how long a process had run when it ended: as [Took], but not less than a
// millisecond, as what began and ended it is not known to less.
func RanFor(d time.Duration) string {
	if d < time.Millisecond {
		return "under 1ms"
	}
	return Took(d)
}

// Age writes how long something that goes on has been doing so: as [Duration], but in tenths
// of a second at first, "0.4s", as a unit that changes with each look cannot be read.
func Age(d time.Duration) string {
	if d < 0 || d >= 10*time.Second {
		return Duration(d)
	}
	tenths := int64(d / (time.Second / 10))
	return strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10) + "s"
}

// Percent writes a percentage in at most [PercentWidth] cells: "97%". A
// negative one, or one that is no number, is not known.
func Percent(p float64) string {
	switch {
	case p < 0 || math.IsNaN(p):
		return NotKnown
	case p >= 9999.5:
		return ">9999"
	}
	return strconv.FormatFloat(p, 'f', 0, 64) + "%"
}

// Rate writes how many there are in a second: "3.4", "1,204".
func Rate(perSecond float64) string {
	if perSecond < 10 {
		return strconv.FormatFloat(perSecond, 'f', 1, 64)
	}
	return Count(uint64(perSecond))
}

// Count writes a whole number with its thousands apart: "1,204".
func Count[N ~int | ~int64 | ~uint64](n N) string {
	s, sign := strconv.FormatUint(uint64(n), 10), ""
	if n < 0 {
		s, sign = strconv.FormatUint(-uint64(n), 10), "-"
	}
	head := (len(s)-1)%3 + 1
	out := s[:head]
	for i := head; i < len(s); i += 3 {
		out += "," + s[i:i+3]
	}
	return sign + out
}

// Plural writes a number with its noun: "1 line", "1,204 lines". The noun of
// many is the noun with an s, unless it is given.
func Plural[N ~int | ~int64 | ~uint64](n N, noun string, many ...string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case len(many) > 0:
		return Count(n) + " " + many[0]
	}
	return Count(n) + " " + noun + "s"
}

// Scroll returns the first row to show of a list in height lines, so that the row at is
// among them and as little moves as can be from top, the first one shown before.
func Scroll(top, at, rows, height int) int {
	return max(0, at-height+1, min(top, at, rows-height))
}

// InSight says which rows of a list are shown, unless all are: "1-20/60". top is the
// index of the first of n.
func InSight(top, n, all int) string {
	if n <= 0 || n >= all {
		return ""
	}
	return strconv.Itoa(top+1) + "-" + strconv.Itoa(top+n) + "/" + strconv.Itoa(all)
}
