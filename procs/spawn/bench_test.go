package spawn

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"

	"example.com/muster/procs"
)

// BenchmarkStartReap starts and reaps true, from two goroutines a CPU, through
// the guard and, to compare, with os/exec.
func BenchmarkStartReap(b *testing.B) {
	b.Run("guard", func(b *testing.B) {
		g := newGuard(b)
		wait(b, launch(b, g, "true")) // the guard is up
		b.SetParallelism(2)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				p, err := g.Start(context.Background(), Command{Argv: []string{"/bin/true"}, Env: os.Environ()})
				if err != nil {
					b.Error(err)
					return
				}
				<-p.Exit()
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "starts/s")
	})
	b.Run("guard-pipes", func(b *testing.B) {
		g := newGuard(b)
		wait(b, launch(b, g, "true"))
		b.SetParallelism(2)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				startAndDrain(b, g)
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "starts/s")
	})
	b.Run("exec", func(b *testing.B) {
		b.SetParallelism(2)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := exec.Command("/bin/true").Run(); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "starts/s")
	})
}

func startAndDrain(b *testing.B, g *Guard) {
	s, err := Open(procs.OutputPipe, StreamOptions{})
	if err != nil {
		b.Error(err)
		return
	}
	var pumped sync.WaitGroup
	pumped.Go(func() { s.Pump(func(procs.Stream, int, []byte) {}) })
	p, err := g.Start(context.Background(), Command{Argv: []string{"/bin/true"}, Env: os.Environ(), Streams: s})
	if err == nil {
		<-p.Exit()
		s.Drain(0)
	} else {
		b.Error(err)
	}
	s.Close()
	pumped.Wait()
}

// BenchmarkPump reads 100 MB that a child writes in blocks of 64 KiB, in each
// mode, and from a bare pipe to compare.
func BenchmarkPump(b *testing.B) {
	const megabytes = 100
	argv := role("flood", strconv.Itoa(megabytes))
	for _, mode := range []procs.OutputMode{procs.OutputPipe, procs.OutputByWriter, procs.OutputPTY} {
		b.Run(string(mode), func(b *testing.B) {
			g := newGuard(b)
			b.SetBytes(megabytes * 1e6)
			for range b.N {
				s, err := Open(mode, StreamOptions{})
				if err != nil {
					b.Fatal(err)
				}
				var pumped sync.WaitGroup
				sum := 0
				pumped.Go(func() {
					s.Pump(func(_ procs.Stream, _ int, p []byte) { sum += len(p) })
				})
				p, err := g.Start(context.Background(), Command{Argv: argv, Env: os.Environ(), Streams: s})
				if err != nil {
					b.Fatal(err)
				}
				x := wait(b, p)
				s.Drain(0)
				s.Close()
				pumped.Wait()
				if sum < megabytes*1e6 || x.Code != 0 {
					b.Fatalf("got %d bytes, %v", sum, x)
				}
			}
		})
	}
	b.Run("bare", func(b *testing.B) {
		b.SetBytes(megabytes * 1e6)
		for range b.N {
			cmd := exec.Command(argv[0], argv[1:]...)
			out, err := cmd.StdoutPipe()
			if err != nil {
				b.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				b.Fatal(err)
			}
			buf := make([]byte, 64<<10)
			for {
				if _, err := out.Read(buf); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
			if err := cmd.Wait(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
