// Muster starts pools of processes, shows what each of them is doing, and says
// why it is slow, stuck or dead. See ui/cli for the commands.
//
// The runtime looks up the number of CPUs once, at the start: its look every
// second costs a resting muster about as much as drawing does.
//
//go:debug updatemaxprocs=0
package main

import (
	"os"

	"example.com/muster/ui/cli"
)

func main() {
	os.Exit(cli.Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
