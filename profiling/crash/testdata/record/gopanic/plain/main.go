package main

import "fmt"

type resizer struct{ width int }

func (r *resizer) resize(name string) {
	panic(fmt.Sprintf("bad width %d of %s", r.width, name))
}

func main() { (&resizer{}).resize("a.jpg") }
