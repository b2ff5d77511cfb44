package report_test

import (
	"fmt"
	"log"
	"os"

	"github.com/google/pprof/profile"

	"example.com/muster/profiling/report"
)

// counted is a profile of looks at a program: how often each stack was seen, its
// innermost function first.
func counted(stacks map[string][]string, seen map[string]int64) *profile.Profile {
	p := &profile.Profile{SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}}}
	known := map[string]*profile.Location{}
	for name, stack := range stacks {
		s := &profile.Sample{Value: []int64{seen[name]}}
		for _, function := range stack {
			if known[function] == nil {
				id := uint64(len(known) + 1)
				f := &profile.Function{ID: id, Name: function, Filename: "album.py"}
				known[function] = &profile.Location{ID: id, Line: []profile.Line{{Function: f}}}
				p.Function, p.Location = append(p.Function, f), append(p.Location, known[function])
			}
			s.Location = append(s.Location, known[function])
		}
		p.Sample = append(p.Sample, s)
	}
	return p
}

var album = map[string][]string{
	"resize": {"resize", "work", "main"},
	"save":   {"crc32", "save", "work", "main"},
}

// Where the time goes: in a function itself, and in it with all that it calls.
func ExampleReport_Top() {
	r := report.New(counted(album, map[string]int64{"resize": 30, "save": 70}))
	if err := report.WriteTop(os.Stdout, r, report.Options{}, 3); err != nil {
		log.Fatal(err)
	}
	for _, row := range r.Top(report.Options{}).Rows {
		if row.Frame.Function == "save" {
			fmt.Printf("save: %.0f%% of it, %.0f%% with what it calls\n", 100*row.FlatShare, 100*row.CumShare)
		}
	}
	// Output:
	// samples, 100 in all
	//       flat  flat%   sum%        cum   cum%
	//         70 70.00% 70.00%         70 70.00%  crc32
	//         30 30.00%   100%         30 30.00%  resize
	//          0     0%   100%        100   100%  main
	// 2 more
	// save: 0% of it, 70% with what it calls
}

// plainly is for a text without colours.
func plainly(_ report.Sign, row string) string { return row }

// What has changed; what may be chance is said to be so.
func ExampleDiff() {
	before := report.New(counted(album, map[string]int64{"resize": 500, "save": 500}))
	after := report.New(counted(album, map[string]int64{"resize": 510, "save": 1490}))
	d, err := report.Diff(before, after, report.DiffOptions{})
	if err != nil {
		log.Fatal(err)
	}
	if err := report.WriteDiff(os.Stdout, d, report.ByFunction, 3, plainly); err != nil {
		log.Fatal(err)
	}
	// Output:
	// samples, 1000 before, 2000 after
	//         flat     before      after  change        cum
	// +       +990        500       1490   +198%       +990  crc32
	// ~        +10        500        510     +2%        +10  resize
	// +          0          0          0      0%      +1000  main
	// 2 more
	// ~ is no more than sampling alone may make, of 3.29 standard errors
}
