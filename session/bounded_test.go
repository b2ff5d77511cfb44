package session

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"example.com/muster/procs"
)

// What is too much for one answer comes in several, which have every line once.
// A client that asks for much and never reads costs one answer's memory.
func TestALargeAnswerComesInParts(t *testing.T) {
	const lines = 3000 // of 4 KiB
	s, _ := served(t, procs.Spec{
		Name: "p", Argv: []string{"sh", "-c", fmt.Sprintf("yes $(head -c 4096 /dev/zero | tr '\\0' x) | head -n %d; exec sleep 1000", lines)}, Output: procs.OutputPipe,
	}.WithDefaults())
	until(t, "the output", func() bool { return s.Store().Next() == lines })
	c := client(t)
	ask := func(query string) (out OutputJSON) {
		t.Helper()
		body, err := c.stream(context.Background(), "/v1/output?max=10000&"+query)
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close() // it was only read
		text, err := io.ReadAll(body)
		if err != nil || len(text) > 2*maxText {
			t.Errorf("%s: an answer of %d bytes, %v", query, len(text), err)
		}
		if err := json.Unmarshal(text, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	answers := 0
	for from := uint64(0); from < lines; answers++ {
		out := ask(fmt.Sprintf("from=%d", from))
		if len(out.Lines) == 0 || out.Lines[0].Seq != from || out.Next != out.Lines[len(out.Lines)-1].Seq+1 {
			t.Fatalf("from %d: %d lines, next %d", from, len(out.Lines), out.Next)
		}
		from = out.Next
	}
	for from := uint64(lines); from > 0; answers++ {
		out := ask(fmt.Sprintf("backward=1&from=%d", from))
		if n := len(out.Lines); n == 0 || out.Lines[n-1].Seq != from-1 || out.Next != out.Lines[0].Seq {
			t.Fatalf("before %d: %d lines, next %d", from, len(out.Lines), out.Next)
		}
		from = out.Next
	}
	if answers < 6 {
		t.Errorf("all of it came in %d answers", answers)
	}
}
