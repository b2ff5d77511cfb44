package session

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/pprof/profile"

	"example.com/muster/profiling/capture"
)

// Profiles outlive their session: each lies as a file of its own in the
// session's directory, and is written whole or not at all.

// putAway is what became of a capture.
type putAway struct {
	file   string
	beside []string
	bytes  int64
	note   string
}

// keep writes a capture to the disk; what cannot be written stays in memory.
func (p *profiles) keep(first *Profiled, taken *capture.Capture) (k putAway) {
	var packed bytes.Buffer
	if err := taken.Profile.Write(&packed); err != nil {
		return putAway{note: fmt.Sprintf("it cannot be packed: %v", err)}
	}
	k.bytes = int64(packed.Len())
	base := ProfileName(first.Request.Whom(), first.Request.Kind, first.StartedAt)
	files := map[string][]byte{}
	for name, data := range taken.Files {
		files[ProfileFile(base, name)] = data
	}
	var err error
	if len(taken.Profile.Sample) > 0 || len(files) == 0 {
		k.file, err = KeepProfile(p.session.cfg.ProfileDir, base+".pb.gz", packed.Bytes())
	}
	for _, name := range sortedKeys(files) {
		path, failed := KeepProfile(p.session.cfg.ProfileDir, name, files[name])
		if failed == nil {
			k.beside = append(k.beside, path)
		}
		err = errors.Join(err, failed)
	}
	if err != nil {
		k.note = strings.ReplaceAll(err.Error(), "\n", "; ")
		if p.session.cfg.ProfileDir == "" {
			k.note = "it is kept in memory only: the session has no directory"
		}
	}
	if k.file == "" {
		p.inMemory(first.Seq, packed.Bytes())
	}
	return k
}

func sortedKeys(m map[string][]byte) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// inMemory keeps a profile that is on no disk, and lets older ones of these go.
func (p *profiles) inMemory(seq int, packed []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unwritten[seq] = packed
	total := 0
	for _, b := range p.unwritten {
		total += len(b)
	}
	for total > maxUnwritten && len(p.unwritten) > 1 {
		oldest := seq
		for s := range p.unwritten {
			oldest = min(oldest, s)
		}
		total -= len(p.unwritten[oldest])
		delete(p.unwritten, oldest)
	}
}

// drop lets the oldest captures go where there are too many; the caller holds mu.
func (p *profiles) drop() {
	for len(p.list) > MaxProfiles {
		i := slices.IndexFunc(p.list, func(c *Profiled) bool { return c.State != ProfileRunning })
		if i < 0 {
			return
		}
		old := p.list[i]
		p.list = slices.Concat(p.list[:i], p.list[i+1:])
		delete(p.unwritten, old.Seq)
		for _, name := range append([]string{old.File}, old.Beside...) {
			if name != "" {
				_ = os.Remove(name) // what stays is removed with the session's directory
			}
		}
	}
}

// ProfileData returns a capture's profile, packed, in pprof's format.
func (s *Session) ProfileData(seq int) ([]byte, error) {
	c, err := s.ProfileOf(seq)
	if err != nil {
		return nil, err
	}
	s.profiles.mu.Lock()
	packed, inMemory := s.profiles.unwritten[seq]
	s.profiles.mu.Unlock()
	switch {
	case c.State == ProfileRunning:
		return nil, fmt.Errorf("cannot read capture %s: it is under way", c.ID())
	case inMemory:
		return packed, nil
	case c.State != ProfileDone:
		return nil, fmt.Errorf("cannot read capture %s: %s", c.ID(), cmp.Or(c.Note, "it was "+string(c.State)))
	case c.File == "":
		return nil, fmt.Errorf("cannot read capture %s: %s", c.ID(), cmp.Or(c.Note, "it is kept no more"))
	}
	data, err := os.ReadFile(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot read capture %s: somebody has removed %s", c.ID(), c.File)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read capture %s: %w", c.ID(), err)
	}
	return data, nil
}

// ProfileName is the base of a file's name for a profile: "train-cpu-20261126T021500".
func ProfileName(whom string, kind capture.Kind, at time.Time) string {
	return plainName(whom) + "-" + string(kind) + "-" + at.Format("20060102T150405")
}

// ProfileFile is the name of a file that belongs to a profile of that base.
func ProfileFile(base, name string) string { return base + "-" + plainName(name) }

// plainName makes a part of a file's name of any text.
func plainName(text string) string {
	text = strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._", r) {
			return r
		}
		return '-'
	}, text)
	text = strings.Trim(text, ".-")
	return cmp.Or(text[:min(len(text), 60)], "profile")
}

// KeepProfile writes a file into a directory of profiles, whole or not at all,
// under its name or, where that is taken, one with a number. The oldest ones
// give way to it where there are more than [MaxProfiles].
func KeepProfile(dir, name string, data []byte) (path string, err error) {
	if dir == "" {
		return "", errors.New("there is no directory to keep it in")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("cannot keep the profile: %w", err)
	}
	file, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return "", fmt.Errorf("cannot keep the profile: %w", err)
	}
	defer os.Remove(file.Name()) //nolint:errcheck // it is linked to its name, or half of a profile
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("cannot keep the profile: %w", err)
	}
	base, ext, _ := strings.Cut(name, ".")
	for n := 2; ; n++ {
		path = filepath.Join(dir, name)
		err = os.Link(file.Name(), path) // fails where there is a file, unlike a rename
		if !errors.Is(err, fs.ErrExist) || n > 1000 {
			break
		}
		name = base + "-" + strconv.Itoa(n) + "." + ext
	}
	if err != nil {
		return "", fmt.Errorf("cannot keep the profile: %w", err)
	}
	pruneProfiles(dir)
	return path, nil
}

// pruneProfiles removes the oldest files of a directory of profiles.
func pruneProfiles(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	type aged struct {
		name string
		at   time.Time
	}
	var files []aged
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			files = append(files, aged{e.Name(), info.ModTime()})
		}
	}
	slices.SortFunc(files, func(a, b aged) int { return b.at.Compare(a.at) })
	for _, f := range files[min(len(files), 2*MaxProfiles):] {
		_ = os.Remove(filepath.Join(dir, f.name)) // it does no harm but for its space
	}
}

// ProcessesOf counts the processes that a profile's samples are of.
func ProcessesOf(p *profile.Profile) int {
	pids := map[string]bool{}
	for _, s := range p.Sample {
		for _, pid := range s.Label[capture.LabelPID] {
			pids[pid] = true
		}
	}
	return len(pids)
}
