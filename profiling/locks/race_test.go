//go:build race

package locks

// raceDetector says that reading memory takes several times as long.
const raceDetector = true
