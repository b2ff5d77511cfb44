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
	block := number(n, 1, 64<<10)
	if block == 0 {
		return printLines(os.Stdout, n[0])
	}
	w := bufio.NewWriterSize(os.Stdout, block)
	if err := printLines(w, n[0]); err != nil {
		return err
	}
	return w.Flush()
}

func printLines(w io.Writer, count int) error {
	line := newLine()
	for i := range count {
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
