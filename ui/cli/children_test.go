package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// playChild in the environment makes the test binary play one of these
// children; an unused one fails the run (see TestMain).
const playChild = "MUSTER_TEST_CHILD"

var children = map[string]func(args []string){
	// longline prints n bytes without a newline.
	"longline": func(args []string) {
		n, _ := strconv.Atoi(args[0])
		block := bytes.Repeat([]byte("x"), 64<<10)
		for n > 0 {
			k, err := os.Stdout.Write(block[:min(n, len(block))])
			if err != nil {
				os.Exit(9)
			}
			n -= k
		}
	},
	// bytes prints every byte value but newline, and then a newline.
	"bytes": func([]string) {
		var all []byte
		for b := range 256 {
			if b != '\n' {
				all = append(all, byte(b))
			}
		}
		_, _ = os.Stdout.Write(append(all, '\n'))
	},
	// steady prints n lines at the given rate a second.
	"steady": func(args []string) {
		n, _ := strconv.Atoi(args[0])
		rate, _ := strconv.Atoi(args[1])
		began := time.Now()
		out := bufio.NewWriter(os.Stdout)
		for i := range n {
			fmt.Fprintf(out, "line %d of %d\n", i, n)
			if due := time.Duration(i) * time.Second / time.Duration(rate); time.Since(began) < due {
				out.Flush()
				time.Sleep(due - time.Since(began))
			}
		}
		out.Flush()
	},
	// diary prints numbered lines with the time, one each interval, and notes in
	// a file which it has printed.
	"diary": func(args []string) {
		interval, _ := time.ParseDuration(args[1])
		file, err := os.OpenFile(args[0], os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			fmt.Println(err)
			os.Exit(9)
		}
		for i := 0; ; i++ {
			line := fmt.Appendf(nil, "%d %d\n", i, time.Now().UnixNano())
			if _, err := os.Stdout.Write(line); err != nil {
				os.Exit(9)
			}
			_, _ = file.Write(line)
			if interval > 0 {
				time.Sleep(interval)
			}
		}
	},
	// deaf closes its output and lives until it is told to end.
	"deaf": func([]string) {
		term := make(chan os.Signal, 1)
		signal.Notify(term, syscall.SIGTERM)
		fmt.Println("closing")
		_ = os.Stdout.Close()
		_ = os.Stderr.Close()
		<-term
		os.Exit(4)
	},
	// orphaner leaves a child behind that keeps its output open.
	"orphaner": func([]string) {
		sleep := exec.Command("sleep", "600")
		sleep.Stdout = os.Stdout
		if err := sleep.Start(); err != nil {
			fmt.Println(err)
			os.Exit(9)
		}
		fmt.Println("leaving", sleep.Process.Pid)
	},
	// stopper stops itself.
	"stopper": func([]string) {
		fmt.Println("stopping myself")
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		fmt.Println("continued")
	},
	// bomb starts n children that end at once, many at a time.
	"bomb": func(args []string) {
		n, _ := strconv.Atoi(args[0])
		gate := make(chan struct{}, 50)
		for range n {
			gate <- struct{}{}
			c := exec.Command("true")
			if err := c.Start(); err != nil {
				fmt.Println(err)
				os.Exit(9)
			}
			go func() {
				_ = c.Wait()
				<-gate
			}()
		}
		for range cap(gate) {
			gate <- struct{}{}
		}
		fmt.Println("bombed")
	},
	// zombies starts children that end, and never asks how they did.
	"zombies": func(args []string) {
		for range 5 {
			if _, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{}); err != nil {
				fmt.Println(err)
				os.Exit(9)
			}
		}
		fmt.Println("five are born")
		time.Sleep(time.Hour)
	},
}

var playedChildren = map[string]bool{}

// child is the command that plays a child.
func child(t *testing.T, role string, args ...string) []string {
	t.Helper()
	if children[role] == nil {
		t.Fatalf("there is no child %q", role)
	}
	playedChildren[role] = true
	return append([]string{"env", playChild + "=" + role, os.Args[0]}, args...)
}
