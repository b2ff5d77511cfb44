package theme

import "strings"

// palette is the parameters of one SGR sequence for every style, as in
// "1;38;5;75". ECMA-48 section 8.3.117 lists them; 38;5 and 48;5 choose one of
// xterm's 256 colours, whose values from 16 on are the same everywhere.
type palette struct {
	header, title, strong, dim, accent, key, border          string
	good, warning, err, stderr, match, thisMatch, mark       string
	selection, spark                                         string
	starting, running, stopping, backingOff, stopped, failed string
	picked, more, less                                       string
	writers, frames                                          string // separated by spaces
}

// The palettes. Each colour of the two full ones has a contrast of at least
// 4.5 (3 for what is dim on purpose) against the usual backgrounds, as
// WCAG 2.1 asks; a test computes it.
var (
	fullDark = palette{
		header: "1;38;5;231;48;5;18", title: "1;38;5;110", strong: "1", dim: "38;5;246", accent: "1;38;5;81", key: "38;5;81", border: "38;5;243",
		good: "38;5;114", warning: "38;5;221", err: "1;38;5;210", stderr: "1;38;5;210",
		match: "38;5;16;48;5;221", thisMatch: "1;38;5;16;48;5;208", mark: "1;38;5;213",
		selection: "48;5;237", spark: "38;5;80",
		starting: "38;5;117", running: "38;5;114", stopping: "38;5;221", backingOff: "38;5;215", stopped: "38;5;246", failed: "1;38;5;210",
		writers: "38;5;81 38;5;114 38;5;215 38;5;177 38;5;221 38;5;117 38;5;211 38;5;150 38;5;147 38;5;209 38;5;86 38;5;180 38;5;213 38;5;190",
		picked:  "1;38;5;231;48;5;24", more: "38;5;16;48;5;210", less: "38;5;16;48;5;117", frames: fullFrames,
	}
	fullLight = palette{
		header: "1;38;5;16;48;5;195", title: "1;38;5;25", strong: "1", dim: "38;5;242", accent: "1;38;5;25", key: "38;5;25", border: "38;5;244",
		good: "38;5;22", warning: "38;5;94", err: "1;38;5;124", stderr: "1;38;5;124",
		match: "38;5;16;48;5;221", thisMatch: "1;38;5;16;48;5;208", mark: "1;38;5;90",
		selection: "48;5;254", spark: "38;5;24",
		starting: "38;5;25", running: "38;5;22", stopping: "38;5;94", backingOff: "38;5;94", stopped: "38;5;242", failed: "1;38;5;124",
		writers: "38;5;25 38;5;22 38;5;130 38;5;90 38;5;124 38;5;23 38;5;54 38;5;58 38;5;161 38;5;19 38;5;94 38;5;240 38;5;127 38;5;28",
		picked:  "1;38;5;231;48;5;24", more: "38;5;16;48;5;210", less: "38;5;16;48;5;117", frames: fullFrames,
	}
	basicDark = palette{
		header: "7", title: "1", strong: "1", dim: "90", accent: "1;96", key: "96", border: "90",
		good: "32", warning: "33", err: "1;91", stderr: "1;91",
		match: "30;43", thisMatch: "27;1;30;46", mark: "1;95",
		selection: "7", spark: "36",
		starting: "96", running: "32", stopping: "33", backingOff: "93", stopped: "90", failed: "1;91",
		writers: "36 32 33 35 94 91 96 92 93 95 1;36 1;32 1;33 1;35",
		picked:  "1;97;44", more: "30;41", less: "30;46", frames: "30;43 30;42 30;46 30;45 30;47",
	}
	basicLight = palette{
		header: "7", title: "1", strong: "1", dim: "90", accent: "1;34", key: "34", border: "90",
		good: "32", warning: "35", err: "1;31", stderr: "1;31",
		match: "30;43", thisMatch: "27;1;30;46", mark: "1;35",
		selection: "7", spark: "34",
		starting: "34", running: "32", stopping: "35", backingOff: "35", stopped: "90", failed: "1;31",
		writers: "34 32 35 31 36 30 1;34 1;32 1;35 1;31 1;36 4;34 4;32 4;35",
		picked:  "1;97;44", more: "30;41", less: "30;46", frames: "30;43 30;42 30;46 30;45 30;47",
	}
	// attributes has no colours: for NO_COLOR, terminals that know none, and those
	// who like it so.
	attributes = palette{
		header: "7", title: "1", strong: "1", dim: "2", accent: "1", key: "1",
		warning: "1", err: "1", stderr: "1", match: "4", thisMatch: "1;4;7", mark: "1",
		selection: "7", backingOff: "1", failed: "1", stopped: "2", border: "2",
		picked: "7", more: "1",
	}
)

// fullFrames are black on the colours of a flame graph, neighbours far apart.
const fullFrames = "38;5;16;48;5;215 38;5;16;48;5;114 38;5;16;48;5;117 38;5;16;48;5;183 38;5;16;48;5;186 38;5;16;48;5;180 38;5;16;48;5;152 38;5;16;48;5;211 38;5;16;48;5;150 38;5;16;48;5;147 38;5;16;48;5;223 38;5;16;48;5;109"

// family is a theme for every kind of terminal.
type family struct {
	name                                       string
	fullDark, fullLight, basicDark, basicLight palette
}

var themes = []family{
	{Default, fullDark, fullLight, basicDark, basicLight},
	{"colorblind", safeDark, safeLight, safeBasicDark, safeBasicLight},
	{"mono", attributes, attributes, attributes, attributes},
}

func (t *Theme) apply(p palette) {
	t.Header, t.Title, t.Strong, t.Dim = sgr(p.header), sgr(p.title), sgr(p.strong), sgr(p.dim)
	t.Accent, t.Key, t.Border = sgr(p.accent), sgr(p.key), sgr(p.border)
	t.Good, t.Warning, t.Error, t.Stderr = sgr(p.good), sgr(p.warning), sgr(p.err), sgr(p.stderr)
	t.Match, t.ThisMatch, t.Mark = sgr(p.match), sgr(p.thisMatch), sgr(p.mark)
	t.Selection, t.Spark = sgr(p.selection), sgr(p.spark)
	t.starting, t.running, t.stopping = sgr(p.starting), sgr(p.running), sgr(p.stopping)
	t.backingOff, t.stopped, t.failed = sgr(p.backingOff), sgr(p.stopped), sgr(p.failed)
	t.Picked, t.More, t.Less = sgr(p.picked), sgr(p.more), sgr(p.less)
	for _, f := range strings.Fields(p.frames) {
		t.frames = append(t.frames, sgr(f))
	}
	for _, w := range strings.Fields(p.writers) {
		t.writers = append(t.writers, sgr(w))
	}
}

func sgr(params string) Style {
	if params == "" {
		return ""
	}
	return Style("\x1b[" + params + "m")
}
