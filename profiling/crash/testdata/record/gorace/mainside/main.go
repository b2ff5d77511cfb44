package main

import "time"

type box struct{ v int }

func (b *box) set() { b.v = 1 }

func main() {
	b := &box{}
	go b.set()
	time.Sleep(20 * time.Millisecond)
	println(b.v)
}
