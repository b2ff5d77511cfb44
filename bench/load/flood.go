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

// traceback is as CPython prints it.
const traceback = "Traceback (most recent call last):\n  File \"/srv/app/resize.py\", line 12, in resize\n    raise ValueError(width)\n" +
	"  File \"/srv/app/main.py\", line 30, in handle\n    resize(width)\nValueError: bad width\n"

const tracebackLines = 6

// words prints a flood with tracebacks in it, of what a program has coped with.
func words(n []int) error {
	every := max(number(n, 1, 100), tracebackLines)
	w := bufio.NewWriterSize(os.Stdout, 64<<10)
	line := newLine()
	for i := 0; i < n[0]; i++ {
		if i%every == 0 {
			if _, err := w.WriteString(traceback); err != nil {
				return err
			}
			i += tracebackLines - 1
			continue
		}
		if _, err := w.Write(line.number(i)); err != nil {
			return err
		}
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
