// Crashes of Go programs: see ../README.md. The argument says which; "race"
// needs a binary that was built with -race.
package main

import (
	_ "embed"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

//go:embed main.go
var source string

type what map[string]any

var modes = map[string]func(){
	"index": index, "nil": nilPointer, "error": anError, "custom": custom, "goroutine": goroutine, "again": again,
	"deadlock": deadlock, "map": concurrentMap, "race": race, "stack": stack, "exit": exit, "fatal": logFatal,
	"recovered": recovered, "grandchild": grandchild, "grandchild-exit": grandchildExit, "quit": quit, "closed-channel": closedChannel,
	"many": many, "abort": abort, "killed": killed,
}

func main() {
	play, ok := modes[os.Args[1]]
	if !ok {
		os.Exit(98)
	}
	play()
}

func write(line string) {
	f, err := os.OpenFile(os.Getenv("TRUTH"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err == nil {
		_, err = f.WriteString(line + "\n")
	}
	if err != nil {
		os.Exit(99)
	}
	f.Close()
}

// at is the place of the line that ends in "// <- mark".
func at(mark, function string) string {
	for i, line := range strings.Split(source, "\n") {
		if strings.HasSuffix(line, "// <- "+mark) {
			return fmt.Sprintf("main.go:%d main.%s", i+1, function)
		}
	}
	os.Exit(97)
	return ""
}

func crash(cause string, w what) {
	w["cause"], w["pid"] = cause, os.Getpid()
	var fields []string
	for k, v := range w {
		fields = append(fields, strconv.Quote(k)+": "+text(v))
	}
	write(`{"crash": {` + strings.Join(fields, ", ") + `}}`)
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case []string:
		quoted := make([]string, len(v))
		for i := range v {
			quoted[i] = strconv.Quote(v[i])
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	return fmt.Sprint(v)
}

func reached() { write(`{"reached": true}`) }

func index() {
	shelf, n := []string{"apples", "pears"}, len(os.Args)+3
	crash("panic", what{"code": 2, "headline": []string{"index out of range [5] with length 2"}, "frames": []string{at("index", "index")}, "format": "go panic"})
	fmt.Println(shelf[n]) // <- index
}

type node struct{ next *node }

func (n *node) hop() *node { return n.next } // <- hop

func nilPointer() {
	var n *node
	crash("panic", what{"code": 2, "headline": []string{"nil pointer dereference"}, "format": "go panic", "frames": []string{}})
	fmt.Println(n.hop().next)
}

func anError() {
	crash("panic", what{"code": 2, "headline": []string{"no such order"}, "frames": []string{at("error", "anError")}, "format": "go panic"})
	panic(errors.New("no such order")) // <- error
}

type status struct {
	Code int
	Why  string
}

func custom() {
	crash("panic", what{"code": 2, "headline": []string{"main.status"}, "frames": []string{at("custom", "custom")}, "format": "go panic"})
	panic(status{4, "gone"}) // <- custom
}

func goroutine() {
	crash("panic", what{"code": 2, "headline": []string{"the feed is gone"}, "frames": []string{at("goroutine", "poll")}, "format": "go panic"})
	go poll()
	select {}
}

func poll() {
	panic("the feed is gone") // <- goroutine
}

func again() {
	crash("panic", what{"code": 2, "headline": []string{"the second"}, "format": "go panic", "frames": []string{at("again", "again.func1")}})
	defer func() {
		_ = recover()
		panic("the second") // <- again
	}()
	panic("the first")
}

func deadlock() {
	var wg sync.WaitGroup
	orders := make(chan int)
	crash("panic", what{"code": 2, "headline": []string{"deadlock"}, "frames": []string{at("deadlock", "deadlock")}, "format": "go panic"})
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			<-orders
		}()
	}
	wg.Wait() // <- deadlock
}

func concurrentMap() {
	crash("panic", what{"code": 2, "headline": []string{"concurrent map"}, "format": "go panic"})
	m := map[int]int{}
	for g := range 8 {
		go func() {
			for i := 0; ; i++ {
				m[i%100] = g
			}
		}()
	}
	select {}
}

func race() {
	count, done := 0, make(chan bool)
	crash("exception", what{"code": 66, "headline": []string{"(?i)data race"}, "frames": []string{at("race", "race.func1")}, "format": "go race report"})
	for range 2 {
		go func() {
			count++ // <- race
			done <- true
		}()
	}
	<-done
	<-done
	fmt.Println("count is", count)
}

func stack() {
	debug.SetMaxStack(1 << 20)
	crash("panic", what{"code": 2, "headline": []string{"stack overflow"}, "frames": []string{at("deep", "deep")}, "format": "go panic", "most_frames": 120})
	fmt.Println(deep(1))
}

func deep(n int) int { // <- deep
	return deep(n+1) + 1
}

func exit() {
	crash("exit", what{"code": 3, "headline": []string{"3"}})
	os.Exit(3)
}

func logFatal() {
	crash("exit", what{"code": 1, "headline": []string{"1"}, "tail": []string{"cannot open the archive"}})
	log.Fatal("cannot open the archive")
}

// recovered prints the stack of a panic that was coped with, as net/http does.
func recovered() {
	func() {
		defer func() {
			if why := recover(); why != nil {
				log.Printf("http: panic serving 127.0.0.1:4711: %v\n%s", why, debug.Stack())
			}
		}()
		panic("coped with")
	}()
	reached()
}

// again starts this program once more, and waits for it.
func child(mode string) {
	cmd := exec.Command("/proc/self/exe", mode)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	_ = cmd.Run() // a parent that does not look
}

func grandchild()     { child("index") }
func grandchildExit() { child("exit") }

func quit() {
	crash("killed", what{"code": 2, "headline": []string{"SIGQUIT"}, "format": "go panic"})
	_ = syscall.Kill(os.Getpid(), syscall.SIGQUIT)
	time.Sleep(time.Minute)
}

func abort() {
	debug.SetTraceback("crash") // which ends it by SIGABRT in the end
	crash("panic", what{"signal": "SIGABRT", "headline": []string{"no way on"}, "frames": []string{at("abort", "abort")}, "format": "go panic"})
	panic("no way on") // <- abort
}

func killed() {
	crash("killed", what{"signal": "SIGKILL", "headline": []string{"SIGKILL"}, "certainty": "certain|likely"})
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	time.Sleep(time.Minute)
}

func closedChannel() {
	c := make(chan int)
	close(c)
	crash("panic", what{"code": 2, "headline": []string{"send on closed channel"}, "frames": []string{at("closed", "closedChannel")}, "format": "go panic"})
	c <- 1 // <- closed
}

// many panics with ten thousand goroutines that do the same.
func many() {
	for range 10_000 {
		go func() { select {} }()
	}
	runtime.Gosched()
	crash("panic", what{"code": 2, "headline": []string{"enough"}, "frames": []string{at("many", "many")}, "format": "go panic"})
	panic("enough") // <- many
}
