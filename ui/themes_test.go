package ui

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/pprof/profile"

	"example.com/muster/profiling"
	"example.com/muster/profiling/capture"
	"example.com/muster/session"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
)

// Every screen is written in the same words in a dark and in a light terminal, at each
// size, and in the colours that were looked at and kept.
func TestEveryScreenInBothThemes(t *testing.T) {
	profiled := uitest.Typical()
	profiled.Profile(&session.Profiled{
		Seq: 1, State: session.ProfileDone, Took: 10 * time.Second, Samples: 880, Processes: 2, File: "/state/train-cpu.pb.gz",
		Request:   session.ProfileRequest{Targets: []string{"train"}, Kind: capture.CPU, Duration: 10 * time.Second, Rate: 99},
		StartedAt: uitest.Now.Add(-time.Minute),
		Coverage:  []profiling.Coverage{{Source: "cpython", OK: true, Note: "990 looks at 2 processes"}},
	}, aProfile(t))
	for name, screen := range map[string]struct {
		session *uitest.Session
		at      keys.Screen
		keys    []string
	}{
		"processes": {uitest.Typical(), keys.Processes, nil},
		"output":    {uitest.Typical(), keys.Output, nil},
		"moment":    {uitest.Typical(), keys.Output, []string{"g", "j", "j", "j", "T"}},
		"locks":     {uitest.Deadlocked("/src"), keys.Locks, nil},
		"crashes":   {uitest.Typical(), keys.Crashes, nil},
		"profile":   {profiled, keys.Profile, nil},
		"tasks":     {uitest.Album(), keys.Tasks, nil},
		"help":      {uitest.Typical(), keys.Processes, []string{"?"}},
		"palette":   {uitest.Typical(), keys.Processes, []string{":"}},
	} {
		var text string // in the first theme
		for _, dark := range []bool{true, false} {
			s := newStage(t, screen.session, func(o *Options) {
				o.InitialScreen, o.Theme = screen.at, theme.New(colorprofile.ANSI256, dark)
			})
			s.Keys(screen.keys...)
			var frames []uitest.Frame
			var words strings.Builder
			for _, size := range [][2]int{{40, 12}, {80, 24}, {120, 40}, {200, 60}} {
				s.Resize(size[0], size[1])
				s.Send(frameMsg{}, frameMsg{})
				frame := s.root.View()
				uitest.Fits(t, frame, size[0], size[1])
				at := fmt.Sprintf("%dx%d", size[0], size[1])
				frames = append(frames, uitest.Frame{Name: at, Text: frame})
				words.WriteString(ansi.Strip(frame))
				if dark {
					uitest.Golden(t, "screens/"+name+"-"+at, frame, size[0], size[1])
				}
			}
			uitest.GoldenColours(t, "screens/"+name+map[bool]string{true: "-dark", false: "-light"}[dark], frames)
			if text == "" {
				text = words.String()
			} else if words.String() != text {
				t.Errorf("the screen of %s says other words in a light terminal", name)
			}
		}
	}
}

// aProfile is one of two programs, packed.
func aProfile(t *testing.T) []byte {
	t.Helper()
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}}, DefaultSampleType: "cpu",
		PeriodType: &profile.ValueType{Type: "cpu", Unit: "nanoseconds"}, Period: 10101010, DurationNanos: 1e10,
	}
	locations := map[string]*profile.Location{}
	at := func(function string) *profile.Location {
		if locations[function] == nil {
			id := uint64(len(locations) + 1)
			f := &profile.Function{ID: id, Name: function, Filename: "train.py"}
			locations[function] = &profile.Location{ID: id, Line: []profile.Line{{Function: f, Line: int64(10 * id)}}}
			p.Function, p.Location = append(p.Function, f), append(p.Location, locations[function])
		}
		return locations[function]
	}
	for i, stack := range []string{"main epoch forward", "main epoch backward", "main epoch backward matmul", "main load decode", "main load"} {
		s := &profile.Sample{Value: []int64{int64(80 * (i + 1)), int64(8e8 * (i + 1))}, Label: map[string][]string{"process": {fmt.Sprint("train/", i%2)}, "state": {"on_cpu"}}}
		for _, f := range strings.Fields(stack) {
			s.Location = append([]*profile.Location{at(f)}, s.Location...)
		}
		p.Sample = append(p.Sample, s)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
