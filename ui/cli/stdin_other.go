//go:build !linux

package cli

// sharedWithParent would report whether muster's standard input is that of who started it.
func sharedWithParent() bool { return false }
