package main

import "errors"

func work() {
	defer func() {
		if r := recover(); r != nil {
			panic(r)
		}
	}()
	panic(errors.New("first\nsecond line"))
}

func other() {
	defer func() {
		recover()
		panic("while cleaning up")
	}()
	work()
}

func main() { other() }
