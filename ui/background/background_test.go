package background

import (
	"reflect"
	"testing"
)

func TestDark(t *testing.T) {
	for in, want := range map[string]bool{
		"": true, "15;0": true, "0;15": false, "0;default;15": false, "12;8": true, "0;7": false, "7;default": true, ";": true,
	} {
		if got := dark(in); got != want {
			t.Errorf("dark(%q) = %v, want %v", in, got, want)
		}
	}
}

// The whole point of the package is to be initialised before bubbletea.
func TestPathSortsBeforeBubbletea(t *testing.T) {
	type here struct{}
	if path := reflect.TypeFor[here]().PkgPath(); path >= "github.com/charmbracelet/bubbletea" {
		t.Errorf("%s sorts after bubbletea, so the terminal is asked for its colour before this package can prevent it", path)
	}
}
