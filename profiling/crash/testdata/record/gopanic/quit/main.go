package main

import (
	"syscall"
	"time"
)

func main() {
	syscall.Kill(syscall.Getpid(), syscall.SIGQUIT)
	time.Sleep(time.Hour)
}
