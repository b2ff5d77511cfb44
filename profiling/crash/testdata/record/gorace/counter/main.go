package main

import "sync"

var n int

func count() { n++ }

func main() {
	var wg sync.WaitGroup
	for range [2]int{} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			count()
		}()
	}
	wg.Wait()
}
