//go:build !linux

package sample

func newReader() reader { return portable{} }
