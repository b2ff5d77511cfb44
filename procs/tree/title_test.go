package tree

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/muster/procs"
)

// titled is a slot whose process has the given arguments, and three forks of it that have
// been listed. pass lets a second pass in which some have run.
func titled(t *testing.T, argv ...string) (tr *Tracker, k *fakeKernel, id procs.ID, pass func(ran ...int)) {
	t.Helper()
	tr, k, run := fake(t)
	now := base
	tr.now = func() time.Time { return now }
	k.argv = map[int][]string{100: argv, 101: argv, 102: argv, 103: argv}
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	tr.apply([]event{forkOf(100, 101), forkOf(100, 102), forkOf(100, 103)})
	tr.Descendants(run.ID)
	return tr, k, run.ID, func(ran ...int) {
		now = now.Add(time.Second)
		for _, pid := range ran {
			tr.Observe([]Look{{Seq: tr.byPID[pid].seq, PID: pid, Moved: true}})
		}
		tr.readTitles()
	}
}

// TestTitles: a process that has written a title is called by that, whenever it did so;
// who has not keeps name and number, and nobody is read who has not run.
func TestTitles(t *testing.T) {
	tr, k, id, pass := titled(t, "/usr/bin/db", "-D", "/srv")
	if got, want := labels(tr, id), []string{"101 db", "102 db-2", "103 db-3"}; !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	k.argv[101], k.argv[102] = []string{"db: writer"}, []string{"db: walsender", "", ""}
	pass(101, 102)
	if got, want := labels(tr, id), []string{"101 db: writer", "102 db: walsender", "103 db-3"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if d := tr.Descendants(id)[0]; !slices.Equal(d.Argv, k.argv[101]) {
		t.Errorf("its arguments are %q", d.Argv)
	}
	k.argv[101], k.argv[103] = []string{"db: idle"}, []string{"db: idle"}
	pass(101)
	pass(101, 103)
	if got, want := labels(tr, id), []string{"101 db: idle", "102 db: walsender", "103 db: idle-2"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	k.argv[101] = []string{"db: writer"}
	for range 10 {
		pass(101)
	}
	k.argv[101] = []string{"db: idle"}
	for range 11 {
		pass(101)
	}
	if got, want := labels(tr, id), []string{"101 db: idle", "102 db: walsender", "103 db: idle-2"}; !slices.Equal(got, want) {
		t.Errorf("after it has come back to a title: %q, want %q", got, want)
	}
	for range 10 {
		pass() // the last that it did is read
	}
	version, read := tr.Version(), k.programs
	for range 30 {
		pass()
	}
	if k.programs != read || tr.Version() != version {
		t.Errorf("read %d times while nobody ran, version %d after %d", k.programs-read, tr.Version(), version)
	}
	for range 100 {
		pass(101)
	}
	if n := k.programs - read; n < 9 || n > 12 {
		t.Errorf("read %d times in 100 s in which it ran, want 10", n)
	}
	if tr.Version() != version {
		t.Error("a title that has not changed counts as a change")
	}
}

// TestTitlesKeepRoles: a title says nothing of what a process is there for, nor does it take
// the place of the name that Python knows it by.
func TestTitlesKeepRoles(t *testing.T) {
	tr, k, id, pass := titled(t, "/usr/bin/python3", "serve.py")
	tr.Name(named(102, "ForkPoolWorker-1"))
	k.argv[100] = []string{"gunicorn: master [app]"}
	for pid := 101; pid <= 102; pid++ {
		k.argv[pid] = []string{"gunicorn: worker [app]"}
	}
	pass(100, 101, 102, 103)
	for pid := 101; pid <= 104; pid++ { // 104 nobody has seen before it had its title
		k.procs[pid] = look{ppid: 100, state: 'S', threads: 1, start: 9, forked: true}
	}
	k.argv[104], k.kids[100] = k.argv[101], []int{104}
	tr.Refresh(true)
	var got []string
	for _, d := range tr.Descendants(id) {
		got = append(got, fmt.Sprint(d.PID, " ", d.Role, " ", d.Label))
	}
	slices.Sort(got)
	want := []string{"101 worker gunicorn: worker [app]", "102 worker ForkPoolWorker-1", "103 worker worker-3", "104 worker gunicorn: worker [app]-2"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestManyTitles: titles that tell of progress take no room without end, nor the names of others.
func TestManyTitles(t *testing.T) {
	tr, k, id, pass := titled(t, "/usr/bin/job")
	for i := range 10 * maxNames {
		k.argv[101] = []string{fmt.Sprint("job: ", i, " done")}
		tr.byPID[101].title.at = time.Time{}
		pass(101)
		tr.Descendants(id)
	}
	s := tr.slots[id]
	if len(s.labels.title) > maxNames || len(s.labels.count) > 2 || len(s.labels.used) != 3 {
		t.Errorf("%d titles, %d names, %d labels", len(s.labels.title), len(s.labels.count), len(s.labels.used))
	}
	if got, want := labels(tr, id)[0], fmt.Sprint("101 job: ", 10*maxNames-1, " done"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
