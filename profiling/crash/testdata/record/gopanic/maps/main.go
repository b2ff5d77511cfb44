package main

func main() {
	m := map[int]int{}
	for range [4]int{} {
		go func() {
			for i := 0; ; i++ {
				m[i%8] = i
			}
		}()
	}
	select {}
}
