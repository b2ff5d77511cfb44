package cli

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/google/pprof/profile"
)

// makeProfile is a command of the scripts: it makes of lines such as
// "main;work@w.py:7 3 process=train/0" a profile, each with a stack, root first,
// its count and labels; each count is worth 10 ms.
func makeProfile() {
	p := &profile.Profile{
		SampleType:    []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		DurationNanos: 2e9, PeriodType: &profile.ValueType{Type: "cpu", Unit: "nanoseconds"}, Period: 10e6,
	}
	known := map[string]*profile.Location{}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		words := strings.Fields(in.Text())
		n, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			panic(err)
		}
		s := &profile.Sample{Value: []int64{n, n * 10e6}, Label: map[string][]string{}}
		for _, label := range words[2:] {
			key, value, _ := strings.Cut(label, "=")
			s.Label[key] = append(s.Label[key], value)
		}
		for call := range strings.SplitSeq(words[0], ";") {
			if known[call] == nil {
				name, at, _ := strings.Cut(call, "@")
				file, line, _ := strings.Cut(at, ":")
				number, _ := strconv.ParseInt(line, 10, 64) // 0 without one
				f := &profile.Function{ID: uint64(len(known) + 1), Name: name, Filename: file}
				known[call] = &profile.Location{ID: f.ID, Line: []profile.Line{{Function: f, Line: number}}}
				p.Function, p.Location = append(p.Function, f), append(p.Location, known[call])
			}
			s.Location = append([]*profile.Location{known[call]}, s.Location...)
		}
		p.Sample = append(p.Sample, s)
	}
	if err := p.Write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
