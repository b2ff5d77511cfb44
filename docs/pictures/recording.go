package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// recording is the name of the moving picture: a visit of the demo.
const recording = "demo-recording"

// recordingSize is that of the terminal; it is read beside text.
var recordingSize = size{100, 30}

// lookEvery is the time between two looks at the screen.
const lookEvery = 400 * time.Millisecond

// step is a part of the visit: what is typed, what is then to be seen, and for
// how long it stands.
type step struct {
	keys    []string
	caption string
	shows   *regexp.Regexp
	hold    time.Duration
}

var visit = []step{
	{[]string{"muster demo"}, "start", regexp.MustCompile(`muster demo`), 800 * time.Millisecond},
	{[]string{"Enter"}, "see", first, 7 * time.Second},
	{[]string{"4"}, "4: who waits for whom", regexp.MustCompile(`WHO HAS IT`), 5 * time.Second},
	{[]string{"5"}, "5: why it died", regexp.MustCompile(`HOW`), 5 * time.Second},
}

// moment is a part of a recording: what was on the screen from when on.
type moment struct {
	at      time.Duration
	rows    []string // of the terminal, with their escape sequences
	caption string
}

// record visits the demo and draws the moving picture.
func (s *setting) record() (string, error) {
	t, err := s.open(recordingSize, "sh")
	if err != nil {
		return "", err
	}
	defer t.close()
	if err := t.await(regexp.MustCompile(`^\$`), nil); err != nil {
		return "", err
	}
	var moments []moment
	began := time.Now()
	for _, s := range visit {
		if err := t.press(s.keys...); err != nil {
			return "", err
		}
		var shown time.Time
		for shown.IsZero() || time.Since(shown) < s.hold {
			captured, err := t.capture()
			if err != nil {
				return "", err
			}
			if shown.IsZero() && s.shows.MatchString(captured) {
				shown = time.Now()
			}
			m := moment{time.Since(began), strings.Split(strings.TrimSuffix(captured, "\n"), "\n"), s.caption}
			if n := len(moments); n == 0 || moments[n-1].caption != m.caption || !slices.Equal(moments[n-1].rows, m.rows) {
				moments = append(moments, m)
			}
			if time.Since(began) > time.Minute {
				return "", fmt.Errorf("cannot find %q on the screen:\n%s", s.shows, captured)
			}
			time.Sleep(lookEvery)
		}
	}
	total := time.Since(began)
	if err := leave(t); err != nil {
		return "", err
	}
	return drawMoving(moments, total, recordingSize), nil
}

// leave ends the demo, and the shell behind it.
func leave(t *terminal) error {
	if err := t.press("q", "y"); err != nil {
		return err
	}
	if err := t.await(regexp.MustCompile(`\n\$\s*$`), nil); err != nil {
		return err
	}
	return t.press("C-d")
}

// drifts are the masks of a recording, in which nothing has settled.
var drifts = varying{prints: "LAST LINE", masks: []mask{
	{name: "times", what: regexp.MustCompile(`×(\d+)`)},
}}

// record takes the recording and keeps it, unless what stands still in it is as it was.
func (e *errand) record(s *setting) error {
	svg, err := s.record()
	if err != nil {
		return err
	}
	path := filepath.Join(e.dir, recording+".svg")
	old, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return e.finish(path, false, nil, svg)
	} else if err != nil {
		return err
	}
	differ, err := compareMoving(string(old), svg, drifts)
	if err != nil {
		return err
	}
	return e.finish(path, len(differ) == 0 && !e.anew, differ, svg)
}
