package config_test

import (
	"errors"
	"fmt"

	"example.com/muster/procs/config"
)

// fixed stands in for the disk.
func fixed(text string) func(string) ([]byte, error) {
	return func(string) ([]byte, error) { return []byte(text), nil }
}

// A file becomes specs with every default filled in.
func ExampleLoad() {
	file, err := config.Load(config.Options{Path: "muster.yaml", Dir: "/srv/shop", Read: fixed(`
pools:
  api:
    command: ./api --port {port}
    replicas: 2
    depends_on: {db: ready}
  db:
    command: [postgres, -D, data]
    ready: {tcp: "127.0.0.1:5432"}
`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range file.Specs {
		fmt.Println(s.Name, s.Size, s.Argv, s.Dir, s.Stop.Grace)
	}
	// Output:
	// api 2 [sh -c ./api --port {port}] /srv/shop 10s
	// db 1 [postgres -D data] /srv/shop 10s
}

// All faults are told at once, each with its place and what was probably meant.
func ExampleError() {
	_, err := config.Load(config.Options{Path: "muster.yaml", Dir: "/srv/shop", Read: fixed(`
pools:
  api:
    comand: ./api
    replicas: many
`)})
	var faults *config.Error
	if errors.As(err, &faults) {
		fmt.Println(faults.Heading())
		fmt.Print(faults.Details())
	}
	// Output:
	// cannot read muster.yaml: 2 errors
	// muster.yaml:4:5: unknown key "comand"; did you mean "command"?
	//     4 |     comand: ./api
	//       |     ^^^^^^
	// muster.yaml:5:15: this is "many"; it must be a whole number
	//     5 |     replicas: many
	//       |               ^^^^
}
