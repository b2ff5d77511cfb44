// Package config reads the files that say which pools to run: muster.yaml and
// Procfile become []procs.Spec, with every default filled in, and whatever is
// wrong with a file is told in one go, each fault with its line and column.
//
// Start at [Load]. keys.go is the table of what muster.yaml may hold: the
// reader obeys it, docs/muster.schema.json is made from it, and a test holds
// docs/configuration.md to it. Files are read through one function that tests
// replace; nothing here starts, writes or looks at anything else.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"example.com/muster/procs"
)

// names are the files that [Load] looks for, in this order.
var names = []string{"muster.yaml", "muster.yml", "Procfile"}

// Options say what to read, and from where.
type Options struct {
	// Path is the file; "" looks for muster.yaml, muster.yml and Procfile in Dir.
	Path string
	// Dir is the current directory, absolute.
	Dir string
	// Environ is muster's own environment: "${NAME}" is looked up in it.
	Environ []string
	// Sizes of pools, as [ParseSizes] reads them, replace those of the file.
	Sizes []Size
	// Select names the pools to take, with those that they depend on; nil
	// takes all. Names may hold the wildcards of path.Match.
	Select []string
	// Read reads a file; nil reads from the disk, up to [MaxBytes].
	Read func(name string) ([]byte, error)
}

// File is a configuration that has been read.
type File struct {
	// Path is the file's, as it was given or found.
	Path string
	// Dir is the directory that relative paths count from, absolute.
	Dir string
	// Specs are the pools in the order of the file, with defaults.
	Specs []procs.Spec
}

// ErrNoFile says that there is no configuration in the current directory.
var ErrNoFile = errors.New("there is no muster.yaml, muster.yml or Procfile")

// Load reads a configuration. What is wrong with the text of a file is an
// [*Error]; that there is none is [ErrNoFile].
func Load(o Options) (*File, error) {
	if o.Read == nil {
		o.Read = readFile
	}
	path, src, err := o.find()
	if err != nil {
		return nil, err
	}
	f := &File{Path: path, Dir: o.baseDir(path)}
	r := newReader(path, src, f.Dir, o)
	if isProcfile(path) {
		f.Specs = r.procfile()
	} else {
		f.Specs = r.yaml()
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	if f.Specs, err = resize(f.Specs, o.Sizes); err == nil {
		f.Specs, err = choose(f.Specs, o.Select)
	}
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, filepath.Base(path))
	}
	return f, nil
}

// find returns the file that is to be read, and what is in it.
func (o Options) find() (path string, src []byte, err error) {
	if o.Path != "" {
		src, err = o.Read(o.absolute(o.Path))
		if err != nil {
			return "", nil, cannotRead(o.Path, err)
		}
		return o.Path, src, nil
	}
	for _, name := range names {
		src, err = o.Read(o.absolute(name))
		switch {
		case err == nil:
			return name, src, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", nil, cannotRead(name, err)
		}
	}
	return "", nil, fmt.Errorf("cannot find the pools: %w in %s", ErrNoFile, o.Dir)
}

func (o Options) absolute(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(o.Dir, name)
}

// baseDir is the file's directory, but for a pipe such as /dev/stdin or
// /dev/fd/63, whose directory nobody means.
func (o Options) baseDir(path string) string {
	dir := filepath.Dir(o.absolute(path))
	if dir == "/dev" || dir == "/dev/fd" || dir == "/proc/self/fd" {
		return o.Dir
	}
	return dir
}

// cannotRead words an error of the file system, which names the file itself.
func cannotRead(path string, err error) error {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("cannot read %s: %w", path, err)
}

// isProcfile reports whether a file's name says that it is a Procfile:
// "Procfile", "Procfile.dev", "dev.procfile".
func isProcfile(path string) bool {
	base := filepath.Base(path)
	switch filepath.Ext(base) {
	case ".yaml", ".yml":
		return false
	case ".procfile", ".Procfile":
		return true
	}
	return base == "Procfile" || len(base) > len("Procfile.") && base[:len("Procfile.")] == "Procfile."
}
