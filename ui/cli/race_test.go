//go:build race

package cli

// raceDetector says that memory is no measure: the detector takes several times as much.
const raceDetector = true
