package demo

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// The workers below show crashes: each slot another one.

// inventory stands in for what a program knows when it goes wrong.
type inventory struct{ items []string }

func (i *inventory) take(n int) string { return i.items[n] }

func workCrash(w worker) {
	switch w.slot % 4 {
	case 0:
		w.sell()
	case 1:
		w.stray()
	case 2:
		w.again("importer", 3, 6*time.Second)
	default:
		w.pause(9 * time.Second) // let the first slot be seen
		w.again("packer", 6, time.Second)
	}
}

// again runs a child n times, then takes a rest in which the others can be seen, and
// begins anew.
func (w worker) again(role string, n int, every time.Duration) {
	for {
		for range n {
			w.run(role)
			w.pause(every)
		}
		time.Sleep(3 * time.Minute)
	}
}

// sell panics after a while, with goroutines that wait for orders.
func (w worker) sell() {
	orders := make(chan int)
	for range 6 {
		go awaitOrders(orders)
	}
	stock := &inventory{[]string{"apples", "pears", "plums"}}
	for n := 0; ; n++ {
		w.pause(time.Second)
		w.say("packed %s", stock.take(n))
	}
}

func awaitOrders(orders <-chan int) {
	for range orders {
		continue
	}
}

// stray ends as a program does that touches memory which is not its own. Go's
// runtime would make a panic of it, so the signal is sent with its handler gone.
func (w worker) stray() {
	w.pause(2 * time.Second)
	w.say("decoding frame 117")
	dieOf(syscall.SIGSEGV)
}

// run starts a child that plays a role, and does not care how it ends.
func (w worker) run(role string) {
	self, err := os.Executable()
	if err != nil {
		w.say("cannot find myself: %v", err)
		return
	}
	child := exec.Command(self, WorkerCommand, role)
	child.Args[0] = role // the name that it is shown under
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	_ = child.Run() // how it ended is what muster shows
}

// workImporter is a child whose own child fails.
func workImporter(w worker) {
	w.run("exporter")
	w.say("importer: all done")
}

// workExporter leaves with a code that nobody looks at.
func workExporter(w worker) error {
	w.pause(500 * time.Millisecond)
	w.say("exporter: cannot reach the archive")
	return Ended(3)
}

// workPacker panics in the same way each time.
func workPacker(w worker) {
	w.pause(300 * time.Millisecond)
	shelf := &inventory{[]string{"boxes"}}
	w.say("packed %s", shelf.take(4))
}
