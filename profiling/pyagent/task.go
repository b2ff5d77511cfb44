package pyagent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"example.com/muster/procs"
)

// The file of tasks has a place of taskSlot bytes for each of taskSlots workers,
// at its pid modulo that: SLOT and SLOTS of python/raised.py. Of two workers whose
// place is the same, the last to write is known, and nothing of the other.
const (
	tasksName = "tasks"
	taskSlot  = 512
	taskSlots = 8192
)

func (a *Agent) tasks() string { return filepath.Join(a.dir, tasksName) }

// Task returns the call that a worker of a Pool or a ProcessPoolExecutor has, as
// it is written: resize('a.jpg', width=7). It may be asked after the worker has
// ended, however it has: what it returns then is the task that was never
// finished. Of a chunk of a map the first item stands, and of how many it is: which
// of them the worker is at is not known.
//
// It is false for a worker that has no task, for other processes, and where ref
// has no start time.
func (a *Agent) Task(ref procs.PIDRef) (string, bool) {
	if ref.PID <= 0 || ref.StartTime == 0 {
		return "", false
	}
	f, err := os.Open(a.tasks())
	if err != nil {
		return "", false
	}
	defer f.Close()
	slot := make([]byte, taskSlot)
	n, err := f.ReadAt(slot, int64(ref.PID%taskSlots)*taskSlot)
	if n == 0 && err != nil {
		return "", false
	}
	return taskOf(slot[:n], ref)
}

// taskOf returns what a place says of a process.
func taskOf(slot []byte, ref procs.PIDRef) (string, bool) {
	record, _, whole := bytes.Cut(slot, []byte{'\n'})
	var r struct {
		PID       int    `json:"pid"`
		StartTime uint64 `json:"start"`
		Items     int    `json:"items"`
		Task      string `json:"task"`
	}
	if !whole || json.Unmarshal(record, &r) != nil || r.PID != ref.PID || r.StartTime != ref.StartTime || r.Task == "" {
		return "", false
	}
	if r.Items > 1 {
		return fmt.Sprintf("%s, or another of %d items of its chunk", r.Task, r.Items), true
	}
	return r.Task, true
}
