package main

import "sync"

func main() {
	var wg sync.WaitGroup
	c := make(chan int)
	for range [5]int{} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			<-c
		}()
	}
	wg.Wait()
}
