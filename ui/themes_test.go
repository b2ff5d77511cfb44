package ui

import (
	"bytes"
	"fmt"
	"regexp"
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
	for name, screen := range everyScreen(t) {
		var text string // in the first theme
		for _, dark := range []bool{true, false} {
			s := screen.stage(t, theme.Default, colorprofile.ANSI256, dark)
			var frames []uitest.Frame
			var words strings.Builder
			for _, size := range sizes {
				frame := s.frameOf(t, size)
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

// On terminals of 16 colours and of none, in every theme, the words are the same, and what
// is written on a reversed ground is in no colour: that would become the ground of its word.
func TestEveryScreenOnPoorTerminals(t *testing.T) {
	for name, screen := range everyScreen(t) {
		words := map[[2]int]string{}
		for _, th := range theme.Names() {
			for _, p := range []colorprofile.Profile{colorprofile.NoTTY, colorprofile.ASCII, colorprofile.ANSI} {
				for _, dark := range []bool{true, false} {
					s := screen.stage(t, th, p, dark)
					for _, size := range sizes {
						frame := s.frameOf(t, size)
						if text := ansi.Strip(frame); words[size] == "" {
							words[size] = text
						} else if text != words[size] {
							t.Errorf("%s in %q, %v, dark=%v, %v: other words than elsewhere", name, th, p, dark, size)
						}
						_, body, _ := strings.Cut(frame, "\n") // in the header colours are boxes on purpose
						if m := colouredOnReversed.FindString(body); m != "" {
							t.Errorf("%s in %q, %v, dark=%v, %v: %q", name, th, p, dark, size, m)
						}
						if p == colorprofile.NoTTY && strings.Contains(frame, "\x1b") {
							t.Errorf("%s: an escape sequence on a terminal that takes none", name)
						}
					}
				}
			}
		}
	}
}

// A sequence of reverse video, and behind it, without a reset, one of a colour or dim.
var colouredOnReversed = regexp.MustCompile("\x1b\\[7m(?:[^\x1b]|\x1b\\[[14]m)*\x1b\\[(?:[0-9;]*;)?(?:2|3[0-7]|9[0-7])(?:;[0-9;]*)?m")

// The focus is told without colours: where two panes are in sight, Tab changes the words
// or the lines between them.
func TestTheFocusShowsWithoutColours(t *testing.T) {
	for name, screen := range everyScreen(t) {
		switch name {
		case "help", "palette", "output", "moment", "columns", "profile":
			continue // they have one pane
		}
		for _, size := range sizes {
			s := screen.stage(t, theme.Default, colorprofile.ASCII, true)
			before := ansi.Strip(s.frameOf(t, size))
			s.Keys("tab")
			body := func(frame string) string { return frame[:strings.LastIndexByte(frame, '\n')] } // without the hints
			if body(ansi.Strip(s.root.View())) == body(before) {
				t.Errorf("%s at %v: Tab changes nothing but attributes:\n%s", name, size, before)
			}
		}
	}
}

var sizes = [][2]int{{40, 12}, {80, 24}, {120, 40}, {200, 60}}

// scene is a screen of a session, and the keys that lead there.
type scene struct {
	session *uitest.Session
	at      keys.Screen
	keys    []string
}

// stage is the scene in a theme.
func (sc *scene) stage(t *testing.T, name string, p colorprofile.Profile, dark bool) *stage {
	s := newStage(t, sc.session, func(o *Options) {
		o.InitialScreen = sc.at
		o.Theme, _ = theme.Named(name, p, dark)
	})
	s.Keys(sc.keys...)
	return s
}

// frameOf is the frame at a size.
func (s *stage) frameOf(t *testing.T, size [2]int) string {
	t.Helper()
	s.Resize(size[0], size[1])
	s.Send(frameMsg{}, frameMsg{})
	uitest.Fits(t, s.root.View(), size[0], size[1])
	return s.root.View()
}

// everyScreen is all of them, with something on each.
func everyScreen(t *testing.T) map[string]scene {
	profiled := uitest.Typical()
	profiled.Profile(&session.Profiled{
		Seq: 1, State: session.ProfileDone, Took: 10 * time.Second, Samples: 880, Processes: 2, File: "/state/train-cpu.pb.gz",
		Request:   session.ProfileRequest{Targets: []string{"train"}, Kind: capture.CPU, Duration: 10 * time.Second, Rate: 99},
		StartedAt: uitest.Now.Add(-time.Minute),
		Coverage:  []profiling.Coverage{{Source: "cpython", OK: true, Note: "990 looks at 2 processes"}},
	}, aProfile(t))
	return map[string]scene{
		"processes": {uitest.Typical(), keys.Processes, nil},
		"output":    {uitest.Typical(), keys.Output, nil},
		"columns":   {uitest.Typical(), keys.Processes, []string{"c", "j", "j", " "}},
		"moment":    {uitest.Typical(), keys.Output, []string{"g", "j", "j", "j", "T"}},
		"locks":     {uitest.Deadlocked("/src"), keys.Locks, nil},
		"crashes":   {uitest.Typical(), keys.Crashes, nil},
		"profile":   {profiled, keys.Profile, nil},
		"tasks":     {uitest.Album(), keys.Tasks, nil},
		"help":      {uitest.Typical(), keys.Processes, []string{"?"}},
		"palette":   {uitest.Typical(), keys.Processes, []string{":"}},
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
