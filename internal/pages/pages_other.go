//go:build !linux

package pages

// Drop does nothing: only Linux is known to bring such pages back.
func Drop() {}
