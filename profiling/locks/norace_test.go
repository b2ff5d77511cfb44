//go:build !race

package locks_test

const raceDetector = false
