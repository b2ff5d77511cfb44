package main

type picture struct{ width int }

func width(p *picture) int { return p.width }

func main() { println(width(nil)) }
