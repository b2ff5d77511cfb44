package demo

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
)

// worker is what a worker has to work with.
type worker struct {
	slot     int
	out, err io.Writer
	rand     *rand.Rand
	points   int    // that escape, so far
	newest   string // item of the map's that has been here
}

// Work plays the worker of a kind until it is killed, panics or is done. The
// arguments are those after [WorkerCommand].
func Work(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("cannot work: no kind is named")
	}
	slot, _ := strconv.Atoi(os.Getenv("MUSTER_SLOT")) // started by hand it is worker 0
	w := worker{slot: slot, out: os.Stdout, err: os.Stderr, rand: rand.New(rand.NewPCG(hash(args[0]), hash(os.Getenv("MUSTER_SLOT")+" "+os.Getenv("MUSTER_DEMO_CHILD"))))}
	if args[0] == "exporter" {
		return workExporter(w)
	}
	if play, ok := children[args[0]]; ok {
		play(w)
		return nil
	}
	for _, k := range kinds {
		if k.name == args[0] {
			k.work(w)
			return nil
		}
	}
	return fmt.Errorf("cannot work as %q: no such kind", args[0])
}

// hash makes a seed of a text: a worker does the same in each demo, and something
// else than its siblings do.
func hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // it never fails
	return h.Sum64()
}

// children are played by those that other workers start, or a map.
var children = map[string]func(worker){
	"child": workChild, "teller": workTeller, "transfer": workTransfer, "heir": workHeir,
	"importer": workImporter, "packer": workPacker,
	MapName: workAlbum,
}

// Ended is the error of a worker that wants to end with a code.
type Ended int

func (e Ended) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// pause waits for d, give or take a third.
func (w worker) pause(d time.Duration) {
	time.Sleep(d*2/3 + time.Duration(w.rand.Int64N(int64(d)*2/3+1)))
}

func (w worker) say(format string, args ...any) { _, _ = fmt.Fprintf(w.out, format+"\n", args...) }

func workCPU(w worker) {
	const size = 1200
	for image := 1; ; image++ {
		began, inside := time.Now(), 0
		for y := range size {
			for x := range size {
				if escapes(-2+3*float64(x)/size, -1.5+3*float64(y)/size) {
					inside++
				}
			}
			if y%200 == 199 {
				w.say("image %d: row %d of %d", image, y+1, size)
			}
		}
		w.say("image %d done in %v, %d points escape", image, time.Since(began).Round(time.Millisecond), inside)
	}
}

// escapes iterates z = z*z + c for the Mandelbrot set.
func escapes(re, im float64) bool {
	var x, y float64
	for range 400 {
		x, y = x*x-y*y+re, 2*x*y+im
		if x*x+y*y > 4 {
			return true
		}
	}
	return false
}

func workChatty(w worker) {
	levels := []string{"\x1b[32mINFO\x1b[0m ", "\x1b[36mDEBUG\x1b[0m", "\x1b[33mWARN\x1b[0m "}
	verbs := []string{"fetched", "parsed", "cached", "stored", "verified"}
	for n := 1; ; n++ {
		switch {
		case n%17 == 0:
			_, _ = fmt.Fprintf(w.err, "\x1b[31mERROR\x1b[0m item %d: timed out, trying again\n", n)
		case n%40 == 0:
			w.progress("uploading")
		default:
			w.say("%s %s item %d in %d ms", levels[w.rand.IntN(len(levels))], verbs[w.rand.IntN(len(verbs))], n, w.rand.IntN(90)+3)
		}
		w.pause(200 * time.Millisecond)
	}
}

// progress draws a bar over and over on one line, as many programs do.
func (w worker) progress(what string) {
	for pct := 0; pct <= 100; pct += 4 {
		_, _ = fmt.Fprintf(w.out, "\r%s %3d%%", what, pct)
		time.Sleep(40 * time.Millisecond)
	}
	w.say("")
}

func workFlood(w worker) {
	for burst := 1; ; burst++ {
		out := bufio.NewWriterSize(w.out, 64<<10)
		for n := range 200_000 {
			_, _ = fmt.Fprintf(out, "burst %d line %d %s\n", burst, n+1, "............................................................")
		}
		_ = out.Flush() // a reader that has gone ends this program by SIGPIPE
		w.pause(5 * time.Second)
	}
}

func workMemory(w worker) {
	for {
		var hoard [][]byte
		for len(hoard) < 50 {
			block := make([]byte, 4<<20)
			for i := 0; i < len(block); i += 4096 {
				block[i] = 1 // a page counts once it has been written to
			}
			hoard = append(hoard, block)
			w.say("holding %d MiB", len(hoard)*4)
			w.pause(300 * time.Millisecond)
		}
		w.say("letting go")
		clear(hoard)
		debug.FreeOSMemory() // at once, so that it can be seen
	}
}

func workFamily(w worker) {
	self, err := os.Executable()
	if err != nil {
		_, _ = fmt.Fprintln(w.err, "cannot find myself:", err)
		return
	}
	slots := make(chan struct{}, 3)
	for n := 1; ; n++ {
		slots <- struct{}{}
		child := exec.Command(self, WorkerCommand, "child")
		child.Args[0] = "child" // the name that it is shown under
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		child.Env = append(os.Environ(), "MUSTER_DEMO_CHILD="+strconv.Itoa(n))
		if err := child.Start(); err != nil {
			_, _ = fmt.Fprintln(w.err, "cannot start a child:", err)
			return
		}
		w.say("started child %d as pid %d", n, child.Process.Pid)
		go func() { // ends with the child; the parent never ends before it is killed
			err := child.Wait()
			w.say("child %d ended: %v", n, err)
			<-slots
		}()
		if n < cap(slots) {
			w.pause(2 * time.Second) // so that they do not end at the same time
		}
	}
}

func workChild(w worker) {
	n := os.Getenv("MUSTER_DEMO_CHILD")
	deadline := time.Now().Add(time.Duration(4+w.rand.IntN(8)) * time.Second)
	for time.Now().Before(deadline) {
		busy := time.Now()
		for time.Since(busy) < 60*time.Millisecond {
			w.rand.Float64()
		}
		w.say("child %s is at work", n)
		w.pause(900 * time.Millisecond)
	}
}

func workSleep(w worker) {
	w.say("sleeping")
	for {
		time.Sleep(time.Hour)
	}
}

func workStubborn(w worker) {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	w.say("I do not end when asked to")
	for sig := range term {
		w.say("got %v, went on", sig)
	}
}
