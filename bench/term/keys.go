//go:build linux

package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// key is a key to press and the text on the screen that answers it.
type key struct {
	press  string
	answer *regexp.Regexp
}

// keyFlag collects -key flags.
type keyFlag []key

// String returns the keys.
func (f *keyFlag) String() string {
	var all []string
	for _, k := range *f {
		all = append(all, k.press)
	}
	return strings.Join(all, " ")
}

// Set adds a key.
func (f *keyFlag) Set(s string) error {
	press, answer, ok := strings.Cut(s, "=")
	if !ok || press == "" {
		return fmt.Errorf("%q is not KEY=REGEXP", s)
	}
	re, err := regexp.Compile(answer)
	if err != nil {
		return err
	}
	*f = append(*f, key{press, re})
	return nil
}

// pressAll presses the keys one after another and returns how long each took
// to be answered, in milliseconds; one without an answer counts as answered when
// patience is over. It stops when the program ends.
func pressAll(t *terminal, keys []key, gap, patience time.Duration, ended <-chan struct{}) []float64 {
	var all []float64
	for _, k := range keys {
		select {
		case <-ended:
			return all
		case <-time.After(gap):
		}
		seen := t.expect(k.answer)
		pressed := time.Now()
		t.press(k.press)
		select {
		case at := <-seen:
			all = append(all, ms(at.Sub(pressed)))
		case <-time.After(patience):
			all = append(all, ms(patience))
		case <-ended:
			return all
		}
	}
	return all
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
