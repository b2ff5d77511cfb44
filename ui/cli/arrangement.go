package cli

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/muster/session"
	"example.com/muster/ui"
)

// arrangement is how the screens were arranged when the last one was left, for the next.
type arrangement struct {
	Order   string       `json:"order,omitempty"`
	Hidden  string       `json:"hidden,omitempty"` // columns of screen 1: "fds,up"
	Wrap    bool         `json:"wrap,omitempty"`
	Times   int          `json:"times,omitempty"`
	Filters []keptFilter `json:"filters,omitempty"` // the newest first
}

// keptFilter is the filter of sessions of the same pools; others know nothing of it.
type keptFilter struct {
	Pools string `json:"pools"` // their names, sorted
	Text  string `json:"text"`
}

// Bounds of the file, and of what is believed of it.
const (
	keptBytes   = 64 << 10
	keptFilters = 20
	keptText    = 200
)

// keptFile is where it is kept. No session can have its name.
func keptFile() string { return filepath.Join(session.StateDir(), ".screen.json") }

// readKept reads the file. Nobody misses one that is not there or broken.
func readKept() arrangement {
	f, err := os.Open(keptFile())
	if err != nil {
		return arrangement{}
	}
	defer f.Close()
	var k arrangement
	if json.NewDecoder(io.LimitReader(f, keptBytes)).Decode(&k) != nil {
		return arrangement{}
	}
	k.Filters = slices.DeleteFunc(k.Filters, func(f keptFilter) bool { return f.Text == "" || len(f.Text) > keptText })
	k.Filters = k.Filters[:min(len(k.Filters), keptFilters)]
	return k
}

// view is how the screen of a session of these pools begins.
func (k arrangement) view(pools string) ui.View {
	v := ui.View{Order: k.Order, Hidden: k.Hidden, Wrap: k.Wrap, Times: k.Times}
	for _, f := range k.Filters {
		if f.Pools == pools {
			v.Filter = f.Text
			break
		}
	}
	return v
}

// with is k after a screen of these pools has been left.
func (k arrangement) with(pools string, v ui.View) arrangement {
	filters := slices.DeleteFunc(slices.Clone(k.Filters), func(f keptFilter) bool { return f.Pools == pools })
	if v.Filter != "" && len(v.Filter) <= keptText && len(pools) <= keptBytes/keptFilters/2 {
		filters = append([]keptFilter{{pools, v.Filter}}, filters...)
	}
	return arrangement{v.Order, v.Hidden, v.Wrap, v.Times, filters[:min(len(filters), keptFilters)]}
}

// keep writes the file anew, whole or not at all. What cannot be kept is no loss
// worth a word.
func (k arrangement) keep() {
	b, err := json.Marshal(k)
	if err != nil {
		return
	}
	if os.MkdirAll(filepath.Dir(keptFile()), 0o700) == nil {
		_ = replace(keptFile(), append(b, '\n'))
	}
}

// arranged adds to a screen's options that it begins as the last one was left, and
// that it is kept how it is left itself.
func arranged(o ui.Options, pools []string) ui.Options {
	slices.Sort(pools)
	names := strings.Join(pools, ",")
	o.View = readKept().view(names)
	o.OnView = func(v ui.View) { readKept().with(names, v).keep() } // another screen may have been left meanwhile
	return o
}
