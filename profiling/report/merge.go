package report

import (
	"errors"
	"fmt"

	"github.com/google/pprof/profile"
)

// Merge makes one profile of several, which it does not change. Samples with the
// same stack and the same labels become one; values that not all of them count
// are left out. The result begins with the first of them and lasts until the
// end of the last. Profiles that are nil are passed over.
func Merge(all ...*profile.Profile) (*profile.Profile, error) {
	var some []*profile.Profile
	for _, p := range all {
		if p != nil {
			some = append(some, p)
		}
	}
	if len(some) == 0 {
		return nil, errors.New("there are no profiles to merge")
	}
	if !alike(some) {
		for i, p := range some {
			some[i] = p.Copy()
			some[i].PeriodType, some[i].Period = &profile.ValueType{}, 0 // whatever it is, it is not that of all
		}
		if err := profile.CompatibilizeSampleTypes(some); err != nil {
			return nil, fmt.Errorf("cannot merge profiles that count different things: %w", err)
		}
	}
	merged, err := profile.Merge(some)
	if err != nil {
		return nil, fmt.Errorf("cannot merge profiles: %w", err)
	}
	merged.TimeNanos, merged.DurationNanos = span(some)
	return merged, nil
}

// alike says whether all count the same.
func alike(all []*profile.Profile) bool {
	for _, p := range all {
		if len(p.SampleType) != len(all[0].SampleType) || !sameType(p.PeriodType, all[0].PeriodType) {
			return false
		}
		for i, t := range p.SampleType {
			if !sameType(t, all[0].SampleType[i]) {
				return false
			}
		}
	}
	return true
}

// sameType says whether two are there, and alike.
func sameType(a, b *profile.ValueType) bool {
	return a != nil && b != nil && a.Type == b.Type && a.Unit == b.Unit
}

// span is when the first began and how long it took until the end of the last;
// without a time, how long all of them took.
func span(all []*profile.Profile) (from, took int64) {
	end := int64(0)
	for i, p := range all {
		if p.TimeNanos == 0 {
			from, took = 0, 0
			for _, p := range all {
				took += p.DurationNanos
			}
			return from, took
		}
		if i == 0 || p.TimeNanos < from {
			from = p.TimeNanos
		}
		end = max(end, p.TimeNanos+p.DurationNanos)
	}
	return from, end - from
}
