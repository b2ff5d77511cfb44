package task

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task/plan"
)

func init() {
	workers["echo"] = func() { // as quick as can be
		in, out := bufio.NewReaderSize(os.Stdin, 64<<10), bufio.NewWriterSize(os.Stdout, 64<<10)
		head, b := make([]byte, 5), make([]byte, 1<<10)
		for {
			if _, err := io.ReadFull(in, head[:4]); err != nil {
				return
			}
			n := binary.BigEndian.Uint32(head)
			_, _ = io.ReadFull(in, b[:n])
			binary.BigEndian.PutUint32(head, n+1)
			head[4] = 0
			_, _ = out.Write(head)
			_, _ = out.Write(b[:n])
			if in.Buffered() == 0 {
				_ = out.Flush()
			}
		}
	}
}

// numbers is a source of N numbers.
type numbers struct{ next, end int }

func (n *numbers) Next() ([]Item, error) {
	if n.next == n.end {
		return nil, io.EOF
	}
	items := make([]Item, min(4096, n.end-n.next))
	for i := range items {
		items[i].Text = fmt.Sprint(n.next)
		n.next++
	}
	return items, nil
}

// BenchmarkPersistent is what an item costs in all, with its record, where two
// workers do nothing with it.
func BenchmarkPersistent(b *testing.B) {
	g, err := spawn.StartGuard(spawn.GuardOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = g.CloseNow(context.Background()) }() // nothing of it runs
	argv, environ := played("echo")
	results, _, err := OpenResults(filepath.Join(b.TempDir(), "r.jsonl"), Afresh, ResultOptions{Raw: true})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	m := New(Config{
		Plan: plan.Options{Workers: 2}, Source: &numbers{0, b.N}, Sink: results,
		Work: &Persistent{Guard: g, Argv: argv, Bytes: true, Environ: environ, Grace: time.Second, Printed: func(int, []byte) {}},
	})
	if err := m.Run(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "items/s")
}
