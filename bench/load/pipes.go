//go:build linux

package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
)

// echo is a persistent worker of muster map that speaks bytes: it answers each
// item with itself.
func echo([]int) error {
	in, out := bufio.NewReaderSize(os.Stdin, 64<<10), bufio.NewWriterSize(os.Stdout, 64<<10)
	var b []byte
	head := make([]byte, 5)
	for {
		if _, err := io.ReadFull(in, head[:4]); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		n := binary.BigEndian.Uint32(head)
		if uint32(cap(b)) < n {
			b = make([]byte, n)
		}
		b = b[:n]
		if _, err := io.ReadFull(in, b); err != nil {
			return err
		}
		binary.BigEndian.PutUint32(head, n+1)
		head[4] = 0
		_, _ = out.Write(head) // the error stays, and Flush tells it
		_, _ = out.Write(b)
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}

// parent hands N items to WIDE workers that echo them, INFLIGHT at a time, and
// does nothing else with them.
func parent(n []int) error {
	wide, inFlight := number(n, 1, 2), number(n, 2, 4)
	var group sync.WaitGroup
	failed := make([]error, wide)
	for w := range wide {
		group.Go(func() { failed[w] = feed(w, n[0], wide, inFlight) })
	}
	group.Wait()
	return errors.Join(failed...)
}

// feed hands every wide-th item to one worker.
func feed(first, items, wide, inFlight int) error {
	cmd := exec.Command("/proc/self/exe", "echo", "0")
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	w, r := bufio.NewWriterSize(in, 64<<10), bufio.NewReaderSize(out, 64<<10)
	var frame []byte
	for waiting, i := 0, first; i < items || waiting > 0; {
		for ; waiting < inFlight && i < items; i += wide {
			frame = strconv.AppendInt(append(frame[:0], 0, 0, 0, 0), int64(i), 10)
			binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
			_, _ = w.Write(frame) // the error stays, and Flush tells it
			waiting++
		}
		if err := w.Flush(); err != nil {
			return err
		}
		for again := true; again; again = r.Buffered() > 0 {
			head, err := r.Peek(4)
			if err != nil {
				return err
			}
			if _, err := r.Discard(4 + int(binary.BigEndian.Uint32(head))); err != nil {
				return err
			}
			waiting--
		}
	}
	return errors.Join(in.Close(), cmd.Wait())
}
