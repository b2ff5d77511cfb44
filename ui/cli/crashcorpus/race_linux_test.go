//go:build race

package crashcorpus_test

// raceDetector says that what a program waits for takes longer than it may.
const raceDetector = true
