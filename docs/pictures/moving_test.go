package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMoving: a row that comes again is drawn once, with both of its times, and
// what is there at the end stands still for who wants no movement.
func TestMoving(t *testing.T) {
	moments := []moment{
		{0, []string{"always", "\x1b[31mred\x1b[m"}, "one"},
		{time.Second, []string{"always", ""}, "one"},
		{2 * time.Second, []string{"always", "\x1b[31mred\x1b[m"}, "two"},
	}
	svg := drawMoving(moments, 4*time.Second, size{20, 2})
	wellFormed(t, svg)
	for _, want := range []string{
		".s0 { visibility: visible }\n",
		".s1 { visibility: visible; animation: s1 4.0s step-end infinite }\n@keyframes s1 { 0% { visibility: visible } 25% { visibility: hidden } 50% { visibility: visible } }\n",
		".s2 { visibility: hidden; animation: s2 4.0s step-end infinite }\n@keyframes s2 { 0% { visibility: visible } 50% { visibility: hidden } }\n",
		"@media (prefers-reduced-motion: reduce) { .s0, .s1, .s2, .s3 { animation: none } }",
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("it lacks %q:\n%s", want, svg)
		}
	}
	for _, text := range []string{">always<", ">red<", ">one<", ">two<"} {
		if n := strings.Count(svg, text); n != 1 {
			t.Errorf("%s is drawn %d times", text, n)
		}
	}
}

// TestPicturesAreFitForPublication: they can be read, are not too large to load
// with a page, and tell nothing of the machine that they were made on.
func TestPicturesAreFitForPublication(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".svg") {
			continue
		}
		b, err := os.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, string(b))
		if len(b) > 400_000 {
			t.Errorf("%s has %d bytes", e.Name(), len(b))
		}
		for _, path := range []string{"/root/", "/home/", "/Users/"} {
			if strings.Contains(string(b), path) {
				t.Errorf("%s shows a path with %s: draw it in a place like /src", e.Name(), path)
			}
		}
	}
}

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in\n%.2000s", err, svg)
		}
	}
}

// TestRecordingsAreCompared by what stands still at the end of each step.
func TestRecordingsAreCompared(t *testing.T) {
	film := func(second, label string) string {
		var all []moment
		for i, clock := range []string{"1", second, "3", "4"} {
			caption := "one"
			if i > 1 {
				caption = "two"
			}
			all = append(all, moment{time.Duration(i) * time.Second, []string{"up " + clock, label}, caption})
		}
		return drawMoving(all, 4*time.Second, size{20, 2})
	}
	before := film("2", "keys: \x1b[31mq\x1b[m")
	for _, c := range []struct {
		name, now string
		differ    int
	}{
		{"what moves", film("7", "keys: \x1b[31mq\x1b[m"), 0},
		{"a label", film("2", "keyz: \x1b[31mq\x1b[m"), 2},
		{"a colour", film("2", "keys: q"), 2},
		{"a caption", strings.ReplaceAll(before, ">two<", ">too<"), 1},
	} {
		differ, err := compareMoving(before, c.now, varying{masks: []mask{{name: "clock", what: regexp.MustCompile(`up (\d)`)}}})
		if err != nil || len(differ) != c.differ {
			t.Errorf("%s: %d lines differ, not %d: %v %v", c.name, len(differ), c.differ, differ, err)
		}
	}
}
