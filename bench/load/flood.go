//go:build linux

package main

import (
	"bufio"
	"io"
	"os"
	"strconv"
)

// lineSize is the length of a flood's lines, with the newline.
const lineSize = 100

// sign is what every line of a flood begins with; its number follows.
const sign = "SEQ "

// flood prints numbered lines.
func flood(n []int) error {
	var w io.Writer = os.Stdout
	if block := number(n, 1, 64<<10); block > 0 {
		buffered := bufio.NewWriterSize(os.Stdout, block)
		defer buffered.Flush() // fails if the last Write did, or the reader is gone
		w = buffered
	}
	line := newLine()
	for i := range n[0] {
		if _, err := w.Write(line.number(i)); err != nil {
			return err
		}
	}
	return nil
}

// line is one line of a flood.
type line [lineSize]byte

func newLine() *line {
	var l line
	l.fill(0, lineSize-1)
	copy(l[:], sign)
	l[lineSize-1] = '\n'
	return &l
}

// fill writes the letters that stand in columns from to to.
func (l *line) fill(from, to int) {
	for i := from; i < to; i++ {
		l[i] = 'a' + byte(i%26)
	}
}

// longestNumber is that of an int64, with the blank that follows.
const longestNumber = 20

// number returns line number i, which is valid until the next call.
func (l *line) number(i int) []byte {
	l.fill(len(sign), len(sign)+longestNumber)
	end := len(strconv.AppendInt(l[:len(sign)], int64(i), 10))
	l[end] = ' '
	return l[:]
}
