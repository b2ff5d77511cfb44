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
	if ref.StartTime == 0 {
		return "", false
	}
	return taskOf(a.taskRecord(ref.PID), ref)
}

// HasTask reports the same without the call. Where ref has no start time, the task may be
// that of an earlier process of its number.
func (a *Agent) HasTask(ref procs.PIDRef) bool {
	_, ok := taskOf(a.taskRecord(ref.PID), ref)
	return ok
}

// taskRecord returns what stands in the place of a process.
func (a *Agent) taskRecord(pid int) []byte {
	if pid <= 0 {
		return nil
	}
	f, err := os.Open(a.tasks())
	if err != nil {
		return nil // no worker has written anything
	}
	defer f.Close()
	slot := make([]byte, taskSlot)
	n, _ := f.ReadAt(slot, int64(pid%taskSlots)*taskSlot) // what is cut short is no record
	return slot[:n]
}

// taskOf returns what a place says of a process; a start time of 0 stands for any.
func taskOf(slot []byte, ref procs.PIDRef) (string, bool) {
	record, _, whole := bytes.Cut(slot, []byte{'\n'})
	var r struct {
		PID       int    `json:"pid"`
		StartTime uint64 `json:"start"`
		Items     int    `json:"items"`
		Task      string `json:"task"`
	}
	same := whole && json.Unmarshal(record, &r) == nil && r.PID == ref.PID && (r.StartTime == ref.StartTime || ref.StartTime == 0)
	if !same || r.Task == "" {
		return "", false
	}
	if r.Items > 1 {
		return fmt.Sprintf("%s, or another of %d items of its chunk", r.Task, r.Items), true
	}
	return r.Task, true
}
