//go:build race

package pyagent

// raceDetector says that one Python is enough: what it looks for is in Go.
const raceDetector = true
