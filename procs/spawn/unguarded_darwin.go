package spawn

import "time"

// Unguarded returns nobody: here the environment of a process is not known.
func Unguarded(string, time.Time) []int { return nil }
