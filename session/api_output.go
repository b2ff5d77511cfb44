package session

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/muster/procs"
)

// OutputJSON is a window of what was printed, oldest line first.
type OutputJSON struct {
	Lines []LineJSON `json:"lines"`
	// Next is the "from" with which the same question goes on.
	Next uint64 `json:"next"`
	// Oldest and End bound what is kept: oldest <= seq < end.
	Oldest uint64 `json:"oldest"`
	End    uint64 `json:"end"`
	// Missed counts the lines that were asked for and are gone.
	Missed uint64 `json:"missed"`
}

// LineJSON is one line of output.
type LineJSON struct {
	Seq     uint64 `json:"seq"`
	At      Time   `json:"at"`
	Process string `json:"process"`
	PID     *int   `json:"pid"` // who wrote it, where that is known
	Stream  string `json:"stream"`
	Text    string `json:"text"`
	Raw     string `json:"raw,omitempty"`     // base64, if text is not what was printed
	Cut     bool   `json:"cut,omitempty"`     // the printed line goes on in the next
	Partial bool   `json:"partial,omitempty"` // no newline has come yet
}

// How many lines one question may return, and look at.
const (
	maxLines     = 10_000
	defaultLines = 200
	maxScan      = 1 << 20
)

func (srv *Server) serveOutput(w http.ResponseWriter, r *http.Request) {
	q, err := parseQuery(r.URL.Query())
	if err != nil {
		fail(w, http.StatusBadRequest, err, "")
		return
	}
	page, err := srv.session.Store().Query(q)
	if err != nil {
		fail(w, http.StatusBadRequest, err, "")
		return
	}
	if strings.Contains(r.Header.Get("Accept"), gobType) {
		answerGob(w, page)
		return
	}
	page = bounded(page, q.Backward)
	out := OutputJSON{Lines: []LineJSON{}, Next: page.Next, Oldest: page.Oldest, End: page.End, Missed: page.Missed}
	for i := range page.Lines {
		out.Lines = append(out.Lines, lineJSON(&page.Lines[i]))
	}
	answer(w, http.StatusOK, out)
}

// maxText is how many bytes of text one answer holds, a line more or less: it is
// kept until the client has read it, or has not for [answerPatience].
const maxText = 4 << 20

// bounded leaves out lines that are too much for one answer; Next is then the
// place of the first of them.
func bounded(page procs.Page, backward bool) procs.Page {
	size := 0
	if backward {
		for i := len(page.Lines) - 1; i > 0; i-- {
			if size += len(page.Lines[i].Text); size > maxText {
				page.Lines, page.Next = page.Lines[i:], page.Lines[i].Seq
				return page
			}
		}
		return page
	}
	for i := range page.Lines {
		// The numbers of partial lines are not theirs to keep: nobody can go on among them.
		if size += len(page.Lines[i].Text); size > maxText && i+1 < len(page.Lines) && !page.Lines[i].Partial {
			page.Lines, page.Next = page.Lines[:i+1], page.Lines[i+1].Seq
			return page
		}
	}
	return page
}

func lineJSON(l *procs.Line) LineJSON {
	j := LineJSON{Seq: l.Seq, At: Time(l.At), Process: l.ID.String(), Stream: l.Stream.String(), Cut: l.Cut, Partial: l.Partial}
	if l.PID != 0 {
		j.PID = &l.PID
	}
	j.Text, j.Raw = Text(l.Text)
	return j
}

// parseQuery reads a query from the parameters pool, slot, pid, from,
// backward, max, match, not, scan and pass. Without from the newest lines are meant.
func parseQuery(v url.Values) (procs.Query, error) {
	p := parameters{values: v, known: map[string]bool{}}
	q := procs.Query{
		Source: procs.Source{
			Pool: p.text("pool"), OneSlot: v.Has("slot"), Slot: int(p.number("slot", 0, 1<<31-1)), PID: int(p.number("pid", 0, 1<<31-1)),
		},
		From: p.number("from", procs.NewestLine, procs.NewestLine), Backward: p.flag("backward") || !v.Has("from"),
		Max: int(p.number("max", defaultLines, maxLines)), Match: p.text("match"), Not: p.flag("not"),
		ScanLimit: int(p.number("scan", 0, maxScan)), PassLimit: int(p.number("pass", 0, procs.MaxPassed)),
	}
	if q.Match != "" && q.ScanLimit == 0 {
		q.ScanLimit = maxScan
	}
	if q.Source.OneSlot && q.Source.Pool == "" {
		return q, fmt.Errorf(`cannot read the output of slot %d: "pool" says of which pool`, q.Source.Slot)
	}
	return q, p.err()
}

// queryValues is what parseQuery reads.
func queryValues(q procs.Query) url.Values {
	v := url.Values{"from": {strconv.FormatUint(q.From, 10)}, "max": {strconv.Itoa(q.Max)}}
	if q.Source.Pool != "" {
		v.Set("pool", q.Source.Pool)
	}
	if q.Source.OneSlot {
		v.Set("slot", strconv.Itoa(q.Source.Slot))
	}
	if q.Source.PID != 0 {
		v.Set("pid", strconv.Itoa(q.Source.PID))
	}
	if q.Backward {
		v.Set("backward", "1")
	}
	if q.Match != "" {
		v.Set("match", q.Match)
	}
	if q.Not {
		v.Set("not", "1")
	}
	if q.ScanLimit != 0 {
		v.Set("scan", strconv.Itoa(q.ScanLimit))
	}
	if q.PassLimit != 0 {
		v.Set("pass", strconv.Itoa(q.PassLimit))
	}
	return v
}

// parameters reads the parameters of a question, and remembers the first that
// is wrong and which there are.
type parameters struct {
	values url.Values
	known  map[string]bool
	first  error
}

func (p *parameters) text(name string) string {
	p.known[name] = true
	return p.values.Get(name)
}

// texts are the values of a parameter that may be given more than once.
func (p *parameters) texts(name string) []string {
	p.known[name] = true
	return p.values[name]
}

func (p *parameters) id(name string) procs.ID {
	id, err := procs.ParseID(p.text(name))
	if err != nil {
		p.wrong(err)
	}
	return id
}

func (p *parameters) number(name string, otherwise, most uint64) uint64 {
	text := p.text(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > most {
		p.wrong(fmt.Errorf("cannot use %s=%q: it is a number from 0 to %d", name, text, most))
		return otherwise
	}
	return n
}

// flag is on for "1" and "true".
func (p *parameters) flag(name string) bool {
	text := p.text(name)
	if text == "" {
		return false
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		p.wrong(fmt.Errorf("cannot use %s=%q: it is 1 or 0", name, text))
	}
	return on
}

// words reads a list of some of the words that there are; nil for none.
func (p *parameters) words(name string, there ...string) []string {
	text := p.text(name)
	if text == "" {
		return nil
	}
	words := strings.Split(text, ",")
	for _, w := range words {
		if !slices.Contains(there, w) {
			last := len(there) - 1
			p.wrong(fmt.Errorf("cannot use %s=%q: the types are %s and %s", name, text, strings.Join(there[:last], ", "), there[last]))
		}
	}
	return words
}

func (p *parameters) wrong(err error) {
	if p.first == nil {
		p.first = err
	}
}

// err says what is wrong, be it a parameter that nobody asked for.
func (p *parameters) err() error {
	for name := range p.values {
		if !p.known[name] {
			p.wrong(fmt.Errorf("cannot use the parameter %q: there is no such parameter", name))
		}
	}
	return p.first
}
