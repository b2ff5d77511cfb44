package report

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scale is the units of one quantity, the smallest first.
type scale struct {
	units []unit
	least string // what a value below the first unit is told in
}

type unit struct {
	name   string
	factor float64 // of the first one
	alias  []string
}

// scales are what pprof knows, with its names (google/pprof,
// internal/measurement): units of other names are counted as they are.
var scales = []scale{
	{least: "B", units: []unit{
		{"B", 1, []string{"b", "byte"}},
		{"kB", 1 << 10, []string{"kb", "kbyte", "kilobyte"}},
		{"MB", 1 << 20, []string{"mb", "mbyte", "megabyte"}},
		{"GB", 1 << 30, []string{"gb", "gbyte", "gigabyte"}},
		{"TB", 1 << 40, []string{"tb", "tbyte", "terabyte"}},
		{"PB", 1 << 50, []string{"pb", "pbyte", "petabyte"}},
	}},
	{least: "s", units: []unit{
		{"ns", 1, []string{"ns", "nanosecond"}},
		{"us", 1e3, []string{"us", "μs", "microsecond"}},
		{"ms", 1e6, []string{"ms", "millisecond"}},
		{"s", 1e9, []string{"s", "sec", "second"}},
		{"hrs", 3600e9, []string{"hour", "hr"}},
	}},
}

// find returns the scale and the unit of that name, nil if there is none.
func find(name string) (*scale, *unit) {
	name = strings.ToLower(name)
	if utf8.RuneCountInString(name) > 2 {
		name = strings.TrimSuffix(name, "s")
	}
	for i := range scales {
		for j := range scales[i].units {
			for _, alias := range scales[i].units[j].alias {
				if alias == name {
					return &scales[i], &scales[i].units[j]
				}
			}
		}
	}
	return nil, nil
}

// named returns the unit of that name of the scale.
func (s *scale) named(name string) *unit {
	for i := range s.units {
		if s.units[i].name == name {
			return &s.units[i]
		}
	}
	return nil
}

// best returns the largest unit of which a value is at least one; or least.
func (s *scale) best(value float64) string {
	best := s.least
	for i := range s.units {
		if math.Abs(value) >= s.units[i].factor {
			best = s.units[i].name
		}
	}
	return best
}

// Format writes a value in the unit that fits it best: 1.50s, 12MB, 17. Bytes
// are counted by 1024, as in pprof.
func Format(value int64, unit string) string {
	s, u := find(unit)
	if s == nil {
		return formatIn(value, unit, "")
	}
	return formatIn(value, unit, s.best(float64(value)*u.factor))
}

// formatIn writes a value in a given unit of its scale.
func formatIn(value int64, unit, in string) string {
	v, suffix := float64(value), ""
	if s, u := find(unit); s != nil {
		v, suffix = v*u.factor/s.named(in).factor, in
	} else if unit != "" && unit != "count" && unit != "sample" && unit != "unit" {
		suffix = unit
	}
	text := strings.TrimSuffix(strconv.FormatFloat(v, 'f', 2, 64), ".00")
	if text == "0" || text == "-0" {
		return "0"
	}
	return text + suffix
}

// common returns the unit in which values between the least and the most, both
// without sign, are best told beside each other; "" if the unit has no scale.
func common(least, most int64, unit string) string {
	s, u := find(unit)
	if s == nil {
		return ""
	}
	small, large := s.best(float64(least)*u.factor), s.best(float64(most)*u.factor)
	if small != large && float64(least)*100 < float64(most) {
		return s.best(100 * float64(least) * u.factor) // two digits are after the point
	}
	return small
}

// percent writes a share as pprof does: at least two digits, without sign.
func percent(share float64) string {
	p := math.Abs(share) * 100
	switch {
	case p >= 99.95 && p <= 100.05:
		return "100%"
	case p >= 1:
		return strconv.FormatFloat(p, 'f', 2, 64) + "%"
	}
	return strconv.FormatFloat(p, 'g', 2, 64) + "%"
}
