package demo

import (
	"bufio"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"time"
)

// MapName is the name of the demo of a map over items, which is no pool;
// MapAbout says what it shows.
const (
	MapName  = "map"
	MapAbout = "resizes the pictures of an album: a map over items, some of which fail (alone)"
)

// mapItems is how many pictures the album has, and MapWorkers how many work on it.
const (
	mapItems   = 1200
	MapWorkers = 4
)

// Map returns the command of the persistent workers of the map, which speak JSON,
// and the items.
func Map(executable string) (command, items []string) {
	for i := range mapItems {
		items = append(items, fmt.Sprintf("album/%04d.jpg", i+1))
	}
	return []string{executable, WorkerCommand, MapName}, items
}

// workAlbum resizes pictures, as far as anybody can see.
func workAlbum(w worker) {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var ask struct {
			ID   uint64 `json:"id"`
			Item string `json:"item"`
		}
		if json.Unmarshal(in.Bytes(), &ask) != nil {
			continue
		}
		answer := map[string]any{"id": ask.ID}
		if result, failed := w.resize(ask.Item); failed != nil {
			answer["error"] = failed
		} else {
			answer["result"] = result
		}
		b, err := json.Marshal(answer)
		if err != nil {
			panic(err) // it is made of strings and numbers
		}
		w.say("%s", b)
	}
}

// resize works on one picture. What it does depends on its name, and on whether it is
// tried again: items come in order, so what lies before the newest has been here.
func (w *worker) resize(name string) (result, failed map[string]any) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // it never fails
	n, again := h.Sum32(), name <= w.newest
	w.newest = max(w.newest, name)
	w.compute(time.Duration(35+n%40) * time.Millisecond)
	fail := func(kind, format string, args ...any) map[string]any {
		return map[string]any{"type": kind, "message": fmt.Sprintf(format, args...)}
	}
	switch {
	case n%211 == 7:
		w.decode(name, nil)
	case n%97 == 3:
		time.Sleep(2500 * time.Millisecond) // a panorama
	case n%61 == 5:
		return nil, fail("no picture", "%s begins with %q and not with a JPEG header", name, "<!DOCTYPE html>")
	case n%43 == 2 && n/43%2 == 0 && !again:
		return nil, fail("connection reset", "the server ended the connection while %s was being read", name)
	}
	time.Sleep(time.Duration(20+n%150) * time.Millisecond)
	width := 1200 + 8*int(n%200)
	return map[string]any{"width": width / 4, "height": width / 6, "bytes": 20_000 + int(n%9000)}, nil
}

// compute is busy for a while.
func (w *worker) compute(d time.Duration) {
	inside := 0
	for end := time.Now().Add(d); time.Now().Before(end); {
		if escapes(w.rand.Float64()-1, 0.5) {
			inside++
		}
	}
	w.points += inside
}

// decode panics, as the header of the picture promises more than there is.
func (w worker) decode(name string, header []byte) {
	_, _ = fmt.Fprintf(w.err, "%s: decoding %d planes\n", name, header[3])
}
