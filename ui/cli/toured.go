package cli

import (
	"os"
	"path/filepath"

	"example.com/muster/session"
)

// tourMark is the file that says that the tour has been shown. No session can
// have its name.
func tourMark() string { return filepath.Join(session.StateDir(), ".toured") }

// toured reports whether the tour has been shown here before.
func toured() bool {
	_, err := os.Lstat(tourMark())
	return err == nil
}

// markToured notes that the tour has been shown. Where that cannot be noted, the
// next demo shows it again.
func markToured() {
	mark := tourMark()
	if err := os.MkdirAll(filepath.Dir(mark), 0o700); err != nil {
		return
	}
	_ = os.WriteFile(mark, nil, 0o600)
}
