//go:build linux

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
)

// verdict counts what is left of a flood. All is well when Whole is the number
// of lines and the rest is 0.
type verdict struct {
	Case    string `json:"case"`
	Whole   int    `json:"whole"`      // lines that came unchanged, each counted once
	Missing int    `json:"missing"`    // lines that did not
	Torn    int    `json:"torn"`       // lines that are not as they were printed
	Again   int    `json:"again"`      // lines that came before
	Late    int    `json:"disordered"` // lines that came after a later one
}

// check counts the lines of a flood of n lines in files, which are read one
// after another as if they were one. A line may stand after a prefix.
func check(n string, files []string) error {
	count, err := strconv.Atoi(n)
	if err != nil {
		return err
	}
	var readers []io.Reader
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		readers = append(readers, f)
	}
	v, err := judge(io.MultiReader(readers...), count)
	if err != nil {
		return err
	}
	v.Case = os.Getenv("BENCH_CASE")
	return json.NewEncoder(os.Stdout).Encode(v)
}

func judge(r io.Reader, count int) (verdict, error) {
	var v verdict
	seen := make([]bool, count)
	want := newLine()
	last := -1
	for in := bufio.NewReaderSize(r, 1<<20); ; {
		got, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue // far too long to be one of ours: its end is judged
		case err != nil && !errors.Is(err, io.EOF):
			return v, err
		}
		if at := bytes.Index(got, []byte(sign)); at >= 0 {
			i := leading(got[at+len(sign):])
			switch {
			case i < 0 || i >= count || !bytes.Equal(got[at:], want.number(i)):
				v.Torn++
			case seen[i]:
				v.Again++
			default:
				if i < last {
					v.Late++
				}
				seen[i], last = true, i
				v.Whole++
			}
		}
		if err != nil {
			v.Missing = count - v.Whole
			return v, nil
		}
	}
}

// leading reads the number at the start of p, -1 if there is none.
func leading(p []byte) int {
	end := 0
	for end < len(p) && p[end] >= '0' && p[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(string(p[:end]))
	if err != nil {
		return -1
	}
	return n
}
