package output_test

import (
	"fmt"
	"log"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
)

// Two workers print over each other on the stdout of one slot. What each wrote
// stays whole, and what is not yet a line is shown as one that grows.
func ExampleStore() {
	store := output.New(output.Config{}) // no Dir: in memory only
	train := procs.ID{Pool: "train"}
	slot := store.Slot(train)
	slot.Write(procs.Stdout, 4130, []byte("resized "))
	slot.Write(procs.Stdout, 4131, []byte("epoch 3\nepo"))
	slot.Write(procs.Stdout, 4130, []byte("a.jpg\n"))

	page, err := store.Query(procs.Query{Source: procs.SlotSource(train), Max: 10})
	if err != nil {
		log.Fatal(err) // a bad Match
	}
	for _, l := range page.Lines {
		fmt.Printf("%d %d %q partial=%v\n", l.Seq, l.PID, l.Text, l.Partial)
	}
	// Output:
	// 0 4131 "epoch 3" partial=false
	// 1 4130 "resized a.jpg" partial=false
	// 2 4131 "epo" partial=true
}
