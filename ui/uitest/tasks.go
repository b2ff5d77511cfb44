package uitest

import (
	"fmt"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
	"example.com/muster/session"
	"example.com/muster/session/mapped"
)

// traceback is what Python prints of an exception in a function of the album's.
const traceback = `Traceback (most recent call last):
  File "/srv/album/resize.py", line 41, in resize
    return shrink(load(path), width)
  File "/srv/album/resize.py", line 17, in shrink
    raise ValueError(f"bad width: {width}")
ValueError: bad width: 0
`

// Album is a map over the pictures of an album that is under way.
func Album() *Session {
	s := Empty()
	s.SetAlbum(AlbumProgress())
	return s
}

// SetAlbum says how far the album is.
func (s *Session) SetAlbum(p *task.Progress) {
	pool := procs.Pool{Name: "map", Argv: []string{"python3", "resize:resize"}, Size: p.Size}
	for i := range p.Workers {
		w := &p.Workers[i]
		slot := running(procs.ID{Pool: "map", Slot: w.Worker}, w.PID, w.Age, usage(float64(97-30*i), 96+i, 1))
		if w.PID == 0 {
			slot.State, slot.Sample = procs.Stopped, procs.Sample{}
		}
		pool.Slots = append(pool.Slots, slot)
	}
	snap := snapshot("map", pool)
	snap.StartedAt, snap.Ended = p.Started, p.Ended
	t := &session.Tasks{Progress: p}
	for i, f := range p.FailedItems {
		r := mapped.Report(f, pool.Argv, "/srv/album")
		r.Seq = i + 1
		t.Reports = append(t.Reports, r)
	}
	s.mu.Lock()
	s.crashes = t.Reports
	s.mu.Unlock()
	s.SetTasks(t)
	s.Set(snap)
}

// AlbumProgress is how far the album is after a minute: one kind of exception, a
// worker that was lost, and a picture that takes very long.
func AlbumProgress() *task.Progress {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	started := Now.Add(-time.Minute)
	p := &task.Progress{
		At: Now, Started: started, Counts: plan.Counts{OK: 1231, Failed: 4, Skipped: 1, Retried: 2, Deaths: 1, Running: 4, Waiting: 60, Offered: 1300},
		Resumed: 120, Total: 5000, TotalKnown: true, Rate: 20.6, ETA: 182 * time.Second, ETALow: 171 * time.Second, ETAHigh: 204 * time.Second,
		Size: 4, ChunkSize: 1, P50: ms(180), P95: ms(410), P99: ms(900), Max: ms(6200), Again: 4,
		Workers: []task.WorkerProgress{
			{Worker: 0, PID: 4201, Seq: 1240, Item: "2019/summer/0112.jpg", Age: ms(87), Done: 402},
			{Worker: 1, PID: 4202, Seq: 871, Item: "2019/panorama of the whole valley, stitched.tiff", Age: 19 * time.Second, Done: 240},
			{Worker: 2, PID: 4288, Seq: 1241, Item: "2019/summer/0113.jpg", Age: ms(12), Tries: 1, Done: 251},
			{Worker: 3, PID: 4204, Seq: 1239, Item: "2019/summer/0111.jpg", Age: ms(240), Queued: 2, Done: 342},
		},
		Slowest: []task.Slow{{Seq: 77, Item: "2018/roof.tiff", Took: ms(6200)}, {Seq: 78, Item: "2018/roof, again.tiff", Took: ms(2310)}, {Seq: 901, Item: "2019/lake.png", Took: ms(990)}},
		Failures: []task.FailureGroup{
			{Kind: "ValueError", Count: 3, Message: "ValueError: bad width: 0", Seq: 17, Item: "2018/0017.jpg"},
			{Kind: "lost: SIGSEGV", Count: 1, Message: "its worker (pid 4203) ended: SIGSEGV: touched memory that is not its own", Seq: 650, Item: "2019/broken.jpg"},
		},
		Advice: []task.Advice{{Rule: "straggler", Text: "only item 871 still runs, for 19s where half of them took 180ms: it decides the end; --timeout 300% ends such items"}},
	}
	for i, from := 0, ms(33); i < 9; i, from = i+1, 2*from {
		p.Times = append(p.Times, plan.Bar{From: from, To: 2*from - 1, Count: []uint64{3, 80, 512, 540, 81, 9, 3, 2, 1}[i]})
	}
	for i, seq := range []uint64{17, 18, 902} {
		p.FailedItems = append(p.FailedItems, &task.FailedItem{
			Seq: seq, Item: fmt.Sprintf("2018/%04d.jpg", seq), Worker: i, PID: 4201 + i, Tries: 1 + i, Verdict: plan.Failed,
			Began: Now.Add(-50*time.Second + time.Duration(i)*time.Second), Took: ms(93),
			Failure: task.Failure{Kind: "ValueError", Message: "ValueError: bad width: 0", Traceback: traceback},
		})
	}
	p.FailedItems = append(p.FailedItems, &task.FailedItem{
		Seq: 650, Item: "2019/broken.jpg", Worker: 2, PID: 4203, Tries: 1, Verdict: plan.Lost, Began: Now.Add(-9 * time.Second), Took: ms(310),
		Failure: task.Failure{Kind: "lost: SIGSEGV", Message: p.Failures[1].Message}, Exit: &procs.Exit{Signal: 11, Core: true}, Stderr: []byte("decoding plane 3\n"),
	})
	for i := range 30 {
		r := task.Result{
			Seq: uint64(1206 + i), Item: fmt.Sprintf("2019/summer/%04d.jpg", 78+i), Verdict: plan.OK, Worker: i % 4, Tries: 1, Took: ms(100 + 7*i),
			At: Now.Add(ms(i-30) * 50), Preview: fmt.Appendf(nil, `{"width": %d, "height": 600}`, 800+i),
		}
		switch i {
		case 27:
			r.Verdict, r.Preview, r.Message = plan.Failed, nil, "ValueError: bad width: 0"
			r.Seq, r.Item = 902, "2018/0902.jpg"
		case 24:
			r.Verdict, r.Preview = plan.Skipped, nil
		}
		p.Results = append(p.Results, r)
	}
	return p
}
