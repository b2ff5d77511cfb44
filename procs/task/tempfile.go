package task

import "os"

// namedTempFile makes a file and takes its name away.
func namedTempFile(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "muster-map-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close() // it is empty
		return nil, err
	}
	return f, nil
}
