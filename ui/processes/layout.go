package processes

// Bounds of the two parts of the body.
const (
	besideFrom  = 160 // width from which the pane stands beside the table
	minBeside   = 56  // width of a pane beside
	maxBeside   = 110
	belowFrom   = 14 // height from which the pane stands below the table
	minTable    = 5  // lines of a table with a pane below it
	ruleHeight  = 1  // the line above the pane
	titleHeight = 1  // of the pane: whose output it is, and where in it
	paneMargin  = 2  // cells at the left of the pane's lines
)

// rect is a part of the body in cells; it is not shown if h is 0.
type rect struct{ x, y, w, h int }

func (r rect) holds(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// layout is where the two parts stand.
type layout struct {
	table, pane rect
	beside      bool
}

// arrange places the table and the pane in a body of w by h. rows is how many
// lines the table would like; whole gives everything to the pane.
func arrange(w, h, rows int, whole bool) layout {
	switch {
	case whole:
		return layout{pane: rect{0, 0, w, h}}
	case w >= besideFrom:
		pane := min(max(w/3, minBeside), maxBeside)
		table := w - pane - 1
		return layout{table: rect{0, 0, table, h}, pane: rect{table + 1, 0, pane, h}, beside: true}
	case h < belowFrom:
		return layout{table: rect{0, 0, w, h}}
	}
	table := max(minTable, min(rows, h*3/5))
	return layout{table: rect{0, 0, w, table}, pane: rect{0, table, w, h - table}}
}
