package main

import "time"

func work(n int) { panic(n) }

func main() {
	for range [3]int{} {
		go func() { time.Sleep(time.Hour) }()
	}
	time.Sleep(50 * time.Millisecond)
	go work(3)
	select {}
}
