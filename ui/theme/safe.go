package theme

// The palettes of the theme "colorblind": blue is well, yellow or purple asks for
// a look, orange or red went wrong. Under protanopia, deuteranopia and tritanopia
// these keep apart, as do neighbours among the writers; a test computes it.
var (
	safeDark = palette{
		header: "1;38;5;231;48;5;18", title: "1;38;5;110", strong: "1", dim: "38;5;246", accent: "1;38;5;123", key: "38;5;123", border: "38;5;243",
		good: "38;5;75", warning: "38;5;228", err: "1;38;5;208", stderr: "1;38;5;208",
		match: "38;5;16;48;5;228", thisMatch: "1;38;5;16;48;5;208", mark: "1;38;5;183",
		selection: "48;5;237", spark: "38;5;75",
		starting: "38;5;153", running: "38;5;75", stopping: "38;5;228", backingOff: "38;5;222", stopped: "38;5;246", failed: "1;38;5;208",
		writers: "38;5;75 38;5;222 38;5;255 38;5;208 38;5;123 38;5;183 38;5;229 38;5;111 38;5;180 38;5;153 38;5;216 38;5;147 38;5;220 38;5;87",
		picked:  "1;38;5;231;48;5;24", more: "38;5;16;48;5;208", less: "38;5;16;48;5;111", frames: safeFrames,
	}
	safeLight = palette{
		header: "1;38;5;16;48;5;195", title: "1;38;5;25", strong: "1", dim: "38;5;242", accent: "1;38;5;25", key: "38;5;25", border: "38;5;244",
		good: "38;5;26", warning: "38;5;53", err: "1;38;5;124", stderr: "1;38;5;124",
		match: "38;5;16;48;5;228", thisMatch: "1;38;5;16;48;5;208", mark: "1;38;5;90",
		selection: "48;5;254", spark: "38;5;25",
		starting: "38;5;24", running: "38;5;26", stopping: "38;5;53", backingOff: "38;5;90", stopped: "38;5;242", failed: "1;38;5;124",
		writers: "38;5;27 38;5;160 38;5;24 38;5;94 38;5;129 38;5;16 38;5;97 38;5;58 38;5;162 38;5;20 38;5;130 38;5;18 38;5;238 38;5;53",
		picked:  "1;38;5;231;48;5;24", more: "38;5;16;48;5;208", less: "38;5;16;48;5;111", frames: safeFrames,
	}
	safeBasicDark = palette{
		header: "7", title: "1", strong: "1", dim: "90", accent: "1;96", key: "96", border: "90",
		good: "96", warning: "93", err: "1;91", stderr: "1;91",
		match: "30;43", thisMatch: "27;1;30;46", mark: "1;95",
		selection: "7", spark: "96",
		starting: "36", running: "96", stopping: "93", backingOff: "33", stopped: "90", failed: "1;91",
		writers: "96 93 95 97 94 33 36 35 37 1;96 1;93 1;95 1;97 1;94",
		picked:  "1;97;44", more: "30;43", less: "30;46", frames: "30;43 30;46 30;47 30;45",
	}
	safeBasicLight = palette{
		header: "7", title: "1", strong: "1", dim: "90", accent: "1;34", key: "34", border: "90",
		good: "34", warning: "35", err: "1;31", stderr: "1;31",
		match: "30;43", thisMatch: "27;1;30;46", mark: "1;35",
		selection: "7", spark: "34",
		starting: "36", running: "34", stopping: "35", backingOff: "35", stopped: "90", failed: "1;31",
		writers: "34 31 30 35 36 1;34 1;31 1;30 1;35 1;36 4;34 4;31 4;30 4;35",
		picked:  "1;97;44", more: "30;43", less: "30;46", frames: "30;43 30;46 30;47 30;45",
	}
)

// safeFrames are black on the colours of a flame graph.
const safeFrames = "38;5;16;48;5;215 38;5;16;48;5;75 38;5;16;48;5;230 38;5;16;48;5;111 38;5;16;48;5;179 38;5;16;48;5;153 38;5;16;48;5;223 38;5;16;48;5;110 38;5;16;48;5;229 38;5;16;48;5;147 38;5;16;48;5;208 38;5;16;48;5;195"
