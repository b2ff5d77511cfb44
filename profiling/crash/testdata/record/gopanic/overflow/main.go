package main

import "runtime/debug"

func depth(n int) int { return depth(n+1) + 1 }

func main() {
	debug.SetMaxStack(1 << 20)
	println(depth(0))
}
