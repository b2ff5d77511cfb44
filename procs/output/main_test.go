package output

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets the test binary play a writer that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(playWriter); dir != "" {
		playWriting(dir)
	}
	goleak.VerifyTestMain(m)
}
