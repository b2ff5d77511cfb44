package main

import "time"

func main() {
	m := map[string]int{}
	go func() { m["a"] = 1 }()
	go func() {
		time.Sleep(20 * time.Millisecond)
		delete(m, "a")
	}()
	time.Sleep(60 * time.Millisecond)
}
