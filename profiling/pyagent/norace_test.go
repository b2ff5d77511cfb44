//go:build !race

package pyagent

const raceDetector = false
