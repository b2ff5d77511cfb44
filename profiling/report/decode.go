package report

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
)

// A profile is a protocol buffer; its fields and their numbers are those of
// google/pprof, proto/profile.proto. It is decoded in two steps: all but the
// samples, which are only found, and then the samples, in parallel, since it is
// known then which places there are. That what is referred to exists is checked
// as pprof does; what is kept is bounded by the size of the file.

// decoder holds what the first step finds.
type decoder struct {
	types     [][2]uint64 // name and unit; names are indexes of strings
	samples   [][]byte
	strings   []string
	functions []rawFunction
	places    []rawPlace
	lines     []rawLine
	objects   map[uint64]uint64 // file by id
	time      uint64
	took      uint64
	drop      uint64
	keep      uint64
	preferred uint64

	names   *names
	numbers []int32 // of names, by string; 0 if not known yet
	cut     bool    // places had too many lines
	err     error
}

type rawFunction struct{ id, name, file, start uint64 }

type rawPlace struct {
	id, object uint64
	from, to   int
}

type rawLine struct{ function, number uint64 }

// decode makes a report of an unpacked profile.
func decode(data []byte) (*Report, error) {
	d := decoder{objects: map[uint64]uint64{}}
	const again = "take it again: a program that ended meanwhile leaves half of one"
	err := d.scan(data)
	if u, ok := errors.AsType[*Unreadable](err); ok {
		return nil, u
	}
	switch {
	case err != nil && len(d.types) == 0, err == nil && len(d.strings) == 0 && len(d.types) == 0:
		return nil, errOther
	case err != nil:
		return nil, unreadable(again, "it is cut off or damaged: %v", err)
	case len(d.strings) == 0:
		return nil, unreadable(again, "it is cut off: its names are missing")
	case len(d.strings[0]) != 0:
		return nil, unreadable("", "it is damaged: its names do not begin with an empty one")
	}
	r, err := d.report()
	if err != nil {
		return nil, unreadable("", "it is damaged: %v", err)
	}
	if n := r.frames(); n > maxFrames {
		return nil, unreadable("take a shorter profile, or one of fewer processes", "its stacks have %d frames, and muster reads no more than %d", n, maxFrames)
	}
	return r, nil
}

// frames returns the number of frames of all stacks.
func (r *Report) frames() int {
	n := 0
	for _, at := range r.stacks.places {
		n += int(max(r.places[at].to-r.places[at].from, 1))
	}
	return n
}

// scan takes the first step.
func (d *decoder) scan(data []byte) error {
	f := fields{left: data}
	for f.next() {
		switch f.number {
		case 1:
			d.types = append(d.types, [2]uint64{})
			t := &d.types[len(d.types)-1]
			f.message(func(m *fields) {
				if m.number == 1 || m.number == 2 {
					t[m.number-1] = m.uint()
				}
			})
		case 2:
			d.samples = append(d.samples, f.text())
		case 3:
			d.object(&f)
		case 4:
			d.place(&f)
		case 5:
			d.function(&f)
		case 6:
			d.strings = append(d.strings, string(f.text()))
		case 7:
			d.drop = f.uint()
		case 8:
			d.keep = f.uint()
		case 9:
			if d.time != 0 {
				return errors.New("it is several profiles, one behind the other")
			}
			d.time = f.uint()
		case 10:
			d.took = f.uint()
		case 14:
			d.preferred = f.uint()
		}
		if err := d.room(); err != nil {
			return err
		}
	}
	return f.err
}

// room says whether there is less of everything than is taken.
func (d *decoder) room() error {
	for _, part := range []struct {
		name    string
		is, can int
	}{
		{"kinds of values", len(d.types), maxTypes},
		{"samples", len(d.samples), maxParts},
		{"names", len(d.strings), maxParts},
		{"functions", len(d.functions), maxParts},
		{"locations", len(d.places), maxParts},
		{"lines", len(d.lines), maxParts},
		{"mappings", len(d.objects), maxParts},
	} {
		if part.is > part.can {
			return &Unreadable{Why: fmt.Sprintf("it has more than %d %s, and muster reads no more", part.can, part.name)}
		}
	}
	return nil
}

func (d *decoder) object(f *fields) {
	var id, file uint64
	f.message(func(m *fields) {
		switch m.number {
		case 1:
			id = m.uint()
		case 5:
			file = m.uint()
		}
	})
	if _, twice := d.objects[id]; twice || id == 0 {
		d.fail("mapping %d is there twice, or has no number", id)
	}
	d.objects[id] = file
}

func (d *decoder) place(f *fields) {
	at := rawPlace{from: len(d.lines)}
	f.message(func(m *fields) {
		switch m.number {
		case 1:
			at.id = m.uint()
		case 2:
			at.object = m.uint()
		case 4:
			var l rawLine
			m.message(func(m *fields) {
				switch m.number {
				case 1:
					l.function = m.uint()
				case 2:
					l.number = m.uint()
				}
			})
			if len(d.lines)-at.from < maxInlined {
				d.lines = append(d.lines, l)
			} else {
				d.cut = true
			}
		}
	})
	at.to = len(d.lines)
	d.places = append(d.places, at)
}

func (d *decoder) function(f *fields) {
	var fn rawFunction
	f.message(func(m *fields) {
		switch m.number {
		case 1:
			fn.id = m.uint()
		case 2:
			fn.name = m.uint()
		case 4:
			fn.file = m.uint()
		case 5:
			fn.start = m.uint()
		}
	})
	d.functions = append(d.functions, fn)
}

// fail keeps the first error.
func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// text returns a string of the table, which is valid while the data are.
func (d *decoder) text(n uint64) string {
	if n >= uint64(len(d.strings)) {
		d.fail("it refers to name %d of %d", n, len(d.strings))
		return ""
	}
	return d.strings[n]
}

// name returns the number of a name, of which each is looked up once.
func (d *decoder) name(n uint64) int32 {
	text := d.text(n)
	if text == "" {
		return 0
	}
	if d.numbers[n] == 0 {
		d.numbers[n] = d.names.add(text)
	}
	return d.numbers[n]
}

// report takes the second step.
func (d *decoder) report() (*Report, error) {
	r := &Report{took: time.Duration(d.took)}
	if d.time != 0 {
		r.at = time.Unix(0, int64(d.time))
	}
	for _, t := range d.types {
		r.values = append(r.values, Value{d.text(t[0]), d.text(t[1])})
	}
	d.names, d.numbers = newNames(), make([]int32, len(d.strings))
	functions := newIndex(len(d.functions))
	for i, fn := range d.functions {
		if !functions.add(fn.id, int32(i)) {
			d.fail("function %d is there twice, or has no number", fn.id)
		}
		r.functions = append(r.functions, function{d.name(fn.name), d.name(fn.file), int64(fn.start)})
	}
	for _, l := range d.lines {
		r.lines = append(r.lines, line{functions.find(l.function), int64(l.number)})
	}
	places := newIndex(len(d.places))
	for i, at := range d.places {
		if !places.add(at.id, int32(i)) {
			d.fail("location %d is there twice, or has no number", at.id)
		}
		r.places = append(r.places, place{int32(at.from), int32(at.to), d.name(d.objects[at.object])})
	}
	r.names = d.names.all
	drop, keep, preferred := d.text(d.drop), d.text(d.keep), d.text(d.preferred)
	if len(d.types) == 0 && len(d.samples) > 0 {
		d.fail("it does not say what its values are")
	}
	if d.err != nil {
		return nil, d.err
	}
	if d.cut {
		r.limit(inlinedLimit)
	}
	if err := d.addSamples(r, places); err != nil {
		return nil, err
	}
	r.finish(preferred, drop, keep)
	return r, nil
}

// index finds the index of what has an id. Ids are 1, 2, 3... in most profiles.
type index struct {
	small []int32 // index+1 by id
	large map[uint64]int32
}

func newIndex(n int) *index { return &index{small: make([]int32, n+1), large: map[uint64]int32{}} }

// add notes an id; it returns false if the id is 0 or was there.
func (x *index) add(id uint64, i int32) bool {
	if id == 0 || x.find(id) >= 0 {
		return false
	}
	if id < uint64(len(x.small)) {
		x.small[id] = i + 1
	} else {
		x.large[id] = i
	}
	return true
}

// find returns -1 for an id that was not added.
func (x *index) find(id uint64) int32 {
	if id < uint64(len(x.small)) {
		return x.small[id] - 1
	}
	if i, ok := x.large[id]; ok {
		return i
	}
	return -1
}

// addSamples decodes the samples, a part of them on each processor.
func (d *decoder) addSamples(r *Report, places *index) error {
	const least = 4096 // samples that are worth a goroutine
	n := max(min(runtime.GOMAXPROCS(0), len(d.samples)/least), 1)
	parts := make([]part, n)
	var all sync.WaitGroup
	for i := range parts {
		from, to := i*len(d.samples)/n, (i+1)*len(d.samples)/n
		all.Go(func() { parts[i].decode(d.samples[from:to], len(d.types), places) })
	}
	all.Wait()
	sets := newSets(d)
	for i := range parts {
		p := &parts[i]
		if p.err != nil {
			return p.err
		}
		if i == 0 {
			r.stacks = p.stacks
		} else {
			r.stacks.append(&p.stacks)
		}
		sets.add(p)
	}
	if d.err != nil {
		return d.err
	}
	gathered := sets.labels
	r.labels = func() *labels { return &gathered }
	return nil
}

// append appends the samples of another.
func (s *stacks) append(o *stacks) {
	before := len(s.places)
	s.places = append(s.places, o.places...)
	s.values = append(s.values, o.values...)
	for _, end := range o.ends {
		s.ends = append(s.ends, before+end)
	}
}

// part is what one goroutine makes of its samples.
type part struct {
	stacks stacks
	sets   map[string]int32 // by their labels as they are encoded
	texts  []string         // the same, in order
	of     []int32          // the set of each sample
	err    error
}

func (p *part) decode(samples [][]byte, types int, places *index) {
	p.sets = map[string]int32{}
	p.stacks.ends = make([]int, 0, len(samples))
	p.stacks.values = make([]int64, 0, len(samples)*types)
	p.of = make([]int32, 0, len(samples))
	bytes := 0
	for _, s := range samples {
		bytes += len(s)
	}
	p.stacks.places = make([]int32, 0, bytes/3)
	var raw []byte
	last, lastSet := "", int32(-1)
	for _, data := range samples {
		values := len(p.stacks.values)
		raw = raw[:0]
		f := fields{left: data}
		for f.next() {
			switch f.number {
			case 1:
				p.places(&f, places)
			case 2:
				f.numbers(func(v uint64) { p.stacks.values = append(p.stacks.values, int64(v)) })
			case 3:
				label := f.text()
				raw = append(append(raw, byte(len(label)), byte(len(label)>>8), byte(len(label)>>16), byte(len(label)>>24)), label...)
			}
		}
		if n := len(p.stacks.values) - values; f.err == nil && n != types {
			f.fail(fmt.Errorf("a sample has %d values, and not %d", n, types))
		}
		if f.err != nil {
			p.err = f.err
			return
		}
		p.stacks.ends = append(p.stacks.ends, len(p.stacks.places))
		if string(raw) != last || lastSet < 0 {
			lastSet = p.set(raw)
			last = p.texts[lastSet]
		}
		p.of = append(p.of, lastSet)
	}
}

// places takes over where a sample was.
func (p *part) places(f *fields, places *index) {
	f.numbers(func(id uint64) {
		at := places.find(id)
		if at < 0 {
			f.fail(fmt.Errorf("a sample is in location %d, which is not there", id))
			return
		}
		p.stacks.places = append(p.stacks.places, at)
	})
}

// set returns the number of a set of labels.
func (p *part) set(raw []byte) int32 {
	n, known := p.sets[string(raw)]
	if !known {
		text := string(raw)
		n = int32(len(p.texts))
		p.sets[text] = n
		p.texts = append(p.texts, text)
	}
	return n
}

// sets joins the sets of labels of all parts.
type sets struct {
	d      *decoder
	labels labels
	known  map[string]int32
}

func newSets(d *decoder) *sets {
	return &sets{d: d, known: map[string]int32{}, labels: labels{of: make([]int32, 0, len(d.samples))}}
}

func (s *sets) add(p *part) {
	number := make([]int32, len(p.texts))
	for i, raw := range p.texts {
		set := s.decode(raw)
		key := string(set.appendKey(nil))
		n, known := s.known[key]
		if !known && len(s.labels.sets) == maxSets {
			s.d.fail("it has more than %d different sets of labels, and muster reads no more", maxSets)
			return
		}
		if !known {
			n = int32(len(s.labels.sets))
			s.known[key] = n
			s.labels.sets = append(s.labels.sets, set)
		}
		number[i] = n
	}
	for _, n := range p.of {
		s.labels.of = append(s.labels.of, number[n])
	}
}

// decode makes a set of its labels as part.decode has put them together.
func (s *sets) decode(raw string) labelSet {
	var set labelSet
	for len(raw) > 0 {
		n := int(raw[0]) | int(raw[1])<<8 | int(raw[2])<<16 | int(raw[3])<<24
		own := raw[4 : 4+n]
		raw = raw[4+n:]
		var key, text, value, unit uint64
		f := fields{left: []byte(own)}
		for f.next() {
			switch f.number {
			case 1:
				key = f.uint()
			case 2:
				text = f.uint()
			case 3:
				value = f.uint()
			case 4:
				unit = f.uint()
			}
		}
		if f.err != nil {
			s.d.fail("%v", f.err)
			return nil
		}
		switch {
		case text != 0:
			set = set.with(s.d.text(key), s.d.text(text))
		case value != 0 || unit != 0:
			set = set.with(s.d.text(key), strings.TrimRight(fmt.Sprintf("%d %s", int64(value), s.d.text(unit)), " "))
		}
	}
	set.sort()
	return set
}
