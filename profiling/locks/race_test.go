//go:build race

package locks_test

// raceDetector says that reading memory takes several times as long.
const raceDetector = true
