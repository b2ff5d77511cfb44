//go:build race

package capture

// raceDetector says that reading memory takes several times as long.
const raceDetector = true
