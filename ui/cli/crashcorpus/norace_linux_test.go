//go:build !race

package crashcorpus_test

const raceDetector = false
