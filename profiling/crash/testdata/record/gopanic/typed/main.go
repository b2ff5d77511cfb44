package main

type broken struct {
	Name string
	N    int
}

func main() {
	defer println("deferred")
	panic(broken{"x", 1})
}
