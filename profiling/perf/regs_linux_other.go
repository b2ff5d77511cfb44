//go:build linux && !amd64 && !arm64

package perf

// userRegisters has none on other processors.
func userRegisters() (mask uint64, numbers []uint8) { return 0, nil }
