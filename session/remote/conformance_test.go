package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/pprof/profile"

	"example.com/muster/procs"
	"example.com/muster/session"
)

// port is what the screens ask of a session: ui/port.Session, which a test
// below the screens cannot name.
type port interface {
	Snapshot() *procs.Snapshot
	Version() uint64
	Stirred() <-chan struct{}
	Output(q procs.Query) (procs.Page, error)
	Samples(id procs.ID, n int) []procs.Sample
	Found() session.Found
	Do(ctx context.Context, c procs.Command) error
	Ask(ctx context.Context, q session.Question) (session.Answer, error)
}

// both are the two ways to see a session. Every behaviour below must be the same.
var both = []struct {
	name string
	open func(*testing.T, *stage) port
}{
	{"in process", func(_ *testing.T, st *stage) port { return st.session }},
	{"over the socket", func(t *testing.T, st *stage) port { return st.attach(t) }},
}

// patience is how long what must come may take on a busy machine.
const patience = 30 * time.Second

// await waits until something holds of a session.
func await(t *testing.T, p port, what string, holds func(*procs.Snapshot) bool) {
	t.Helper()
	deadline := time.After(patience)
	for tick := time.NewTicker(5 * time.Millisecond); !holds(p.Snapshot()); {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for %s; it is %+v", what, p.Snapshot().Pools)
		case <-tick.C:
		}
	}
}

func slot(snap *procs.Snapshot, pool, n int) *procs.Slot { return &snap.Pools[pool].Slots[n] }

func running(snap *procs.Snapshot) bool { return slot(snap, 0, 0).State == procs.Running }

// behaviours are what the screens rely on.
var behaviours = []struct {
	name  string
	specs []procs.Spec
	check func(t *testing.T, p port)
}{
	{"a snapshot never changes, the next one is another", []procs.Spec{shell("p", 2, "exec sleep 1000")}, func(t *testing.T, p port) {
		await(t, p, "the start", func(s *procs.Snapshot) bool { return running(s) && slot(s, 0, 1).State == procs.Running })
		old := p.Snapshot()
		version, copied := p.Version(), *slot(old, 0, 1)
		if err := p.Do(context.Background(), procs.Stop{IDs: []procs.ID{{Pool: "p", Slot: 1}}}); err != nil {
			t.Fatal(err)
		}
		await(t, p, "the stop", func(s *procs.Snapshot) bool { return slot(s, 0, 1).State == procs.Stopped })
		if !reflect.DeepEqual(*slot(old, 0, 1), copied) {
			t.Error("a snapshot has changed in the reader's hands")
		}
		if p.Version() == version || p.Snapshot().Version <= old.Version {
			t.Errorf("versions stand still: %d, snapshot %d", p.Version(), p.Snapshot().Version)
		}
		if s := slot(p.Snapshot(), 0, 0); s.State != procs.Running || s.ID != (procs.ID{Pool: "p"}) {
			t.Errorf("the other one is %s %s", s.ID, s.State)
		}
	}},
	{"a begin and an end stir", []procs.Spec{shell("p", 1, "exec sleep 1000")}, func(t *testing.T, p port) {
		await(t, p, "the start", running)
		drain(p)
		if err := p.Do(context.Background(), procs.Kill{}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-p.Stirred():
		case <-time.After(patience):
			t.Error("nothing stirred")
		}
	}},
	{"output forward, backward, searched and partial", []procs.Spec{shell("p", 1, `i=0; while [ $i -lt 50 ]; do echo line $i; i=$((i+1)); done; printf '\377\000x\033[1m'; exec sleep 1000`)}, func(t *testing.T, p port) {
		await(t, p, "the lines", func(s *procs.Snapshot) bool {
			last := slot(s, 0, 0)
			return last.Lines == 50 && last.LastLine.Partial
		})
		src := procs.SlotSource(procs.ID{Pool: "p"})
		for _, tt := range []struct {
			name              string
			q                 procs.Query
			first, last, next uint64
			n                 int
		}{
			{"forward", procs.Query{Source: src, From: 10, Max: 5}, 10, 14, 15, 5},
			{"backward", procs.Query{Source: src, From: 10, Max: 5, Backward: true}, 5, 9, 5, 5},
			{"the end", procs.Query{Source: src, From: procs.NewestLine, Max: 2, Backward: true}, 49, 50, 49, 2},
			{"everything", procs.Query{From: 48, Max: 9}, 48, 50, 50, 3},
			{"searched", procs.Query{Source: src, Max: 3, ScanLimit: 100, Match: "^line [34]"}, 3, 30, 31, 3},
			{"searched for what is not", procs.Query{Source: src, Max: 2, ScanLimit: 100, Match: "^line [0-3]", Not: true}, 4, 5, 6, 2},
		} {
			page, err := p.Output(tt.q)
			if err != nil || len(page.Lines) != tt.n || page.Next != tt.next || page.Oldest != 0 || page.End != 51 {
				t.Errorf("%s: %v, %d lines, next %d, %d to %d", tt.name, err, len(page.Lines), page.Next, page.Oldest, page.End)
				continue
			}
			if first, last := page.Lines[0].Seq, page.Lines[tt.n-1].Seq; first != tt.first || last != tt.last {
				t.Errorf("%s: lines %d to %d, want %d to %d", tt.name, first, last, tt.first, tt.last)
			}
		}
		page, err := p.Output(procs.Query{Source: src, From: 50, Max: 1})
		if err != nil || len(page.Lines) != 1 || !page.Lines[0].Partial || !bytes.Equal(page.Lines[0].Text, []byte("\xff\x00x\x1b[1m")) {
			t.Errorf("the unterminated line: %+v, %v", page, err)
		}
		if page, err := p.Output(procs.Query{Source: procs.SlotSource(procs.ID{Pool: "nobody"}), Max: 1}); err != nil || len(page.Lines) != 0 {
			t.Errorf("of nobody: %+v, %v", page, err)
		}
		if _, err := p.Output(procs.Query{Source: src, Max: 1, Match: "("}); err == nil || !strings.HasPrefix(err.Error(), `cannot search for "(": `) {
			t.Errorf("a bad expression: %v", err)
		}
	}},
	{"crashes", []procs.Spec{shell("p", 1, "echo last words >&2; exit 3")}, func(t *testing.T, p port) {
		await(t, p, "the end", func(s *procs.Snapshot) bool { return s.Ended && len(p.Found().Crashes) == 1 })
		r := p.Found().Crashes[0]
		if r.Seq != 1 || r.Headline != "exit 3" || r.Run.ID != (procs.ID{Pool: "p"}) || len(r.Tail) != 1 || string(r.Tail[0].Text) != "last words" {
			t.Errorf("%+v", r)
		}
		if s := p.Snapshot(); s.Crashes != 1 || slot(s, 0, 0).LastExit == nil || slot(s, 0, 0).LastExit.Code != 3 {
			t.Errorf("%d crashes, last exit %+v", s.Crashes, slot(s, 0, 0).LastExit)
		}
	}},
	{"crashes of one kind are one row, whose reports come and go", []procs.Spec{shell("p", 9, "exit 3"), shell("q", 1, "sleep 0.2; exit 4")}, func(t *testing.T, p port) {
		count := func() (n int) {
			for _, row := range p.Found().CrashRows {
				n += row.Count
			}
			return n
		}
		await(t, p, "the ends", func(s *procs.Snapshot) bool { return s.Ended && count() == 10 })
		found := p.Found()
		if len(found.CrashRows) != 2 || len(found.Crashes) != 6 {
			t.Fatalf("%d rows, %d reports", len(found.CrashRows), len(found.Crashes))
		}
		kept := map[int]bool{}
		for _, row := range found.CrashRows {
			for _, seq := range row.IDs {
				kept[seq] = true
			}
		}
		for i, r := range found.Crashes {
			if !kept[r.Seq] || i > 0 && r.Seq <= found.Crashes[i-1].Seq {
				t.Errorf("report %d is kept %v, and stands at %d", r.Seq, kept[r.Seq], i)
			}
			if r.Run.ID.Pool == "p" && r.SiblingCount != 8 {
				t.Errorf("%s has %d siblings", r.ID(), r.SiblingCount)
			}
		}
	}},
	{"a crash is run again, alone", []procs.Spec{shell("p", 2, `echo $MUSTER_POOL/$MUSTER_SLOT in $PWD; test -t 1 && exec sleep 1000; exit 3`)}, func(t *testing.T, p port) {
		await(t, p, "the ends", func(s *procs.Snapshot) bool { return s.Ended && len(p.Found().Crashes) == 2 })
		r := p.Found().Crashes[1]
		if err := p.Do(context.Background(), procs.Rerun{Crash: r.Seq}); err != nil {
			t.Fatal(err)
		}
		await(t, p, "the rerun", func(s *procs.Snapshot) bool {
			return len(s.Pools) == 2 && slot(s, 1, 0).State == procs.Running && slot(s, 1, 0).Lines == 1
		})
		again := p.Snapshot().Pools[1]
		if again.Name != "p-rerun" || again.RerunOf != r.Run.ID || again.Slots[0].Output != procs.OutputPTY {
			t.Errorf("%+v", again)
		}
		if text := string(again.Slots[0].LastLine.Text); !strings.HasPrefix(text, r.Run.ID.String()+" in /") {
			t.Errorf("it found %q", text)
		}
		if err := p.Do(context.Background(), procs.Rerun{Crash: r.Seq}); err != nil {
			t.Fatal(err)
		}
		await(t, p, "one beside the one that runs", func(s *procs.Snapshot) bool { return len(s.Pools) == 3 && s.Pools[2].Name == "p-rerun-2" })
		if err := p.Do(context.Background(), procs.Rerun{Crash: 77}); err == nil || err.Error() != "cannot run c77 again: there is no such crash, or it is kept no more" {
			t.Errorf("no such crash: %v", err)
		}
	}},
	{"commands are accepted or refused in the same words", []procs.Spec{shell("p", 1, "exec sleep 1000"), shell("q*", 1, "exec sleep 1000")}, func(t *testing.T, p port) {
		await(t, p, "the start", func(s *procs.Snapshot) bool { return running(s) && slot(s, 1, 0).State == procs.Running })
		pid := slot(p.Snapshot(), 0, 0).PID
		for _, tt := range []struct {
			c    procs.Command
			want string
		}{
			{procs.Stop{IDs: []procs.ID{{Pool: "x", Slot: 4}}}, "cannot stop x/4: there is no such process"},
			{procs.Scale{Pool: "x", Size: 2}, "cannot scale x: there is no such pool"},
			{procs.Kill{IDs: []procs.ID{}}, ""},
			{procs.SendSignal{IDs: []procs.ID{{Pool: "p"}}, Signal: procs.SIGCONT}, ""},
			{procs.SendSignal{IDs: []procs.ID{{Pool: "p"}}, Signal: procs.SIGCONT, To: procs.ToLeader}, ""},
			{procs.Resize{Cols: 90, Rows: 20}, ""},
			{procs.Kill{IDs: []procs.ID{{Pool: "q*"}}}, ""},
		} {
			got := ""
			if err := p.Do(context.Background(), tt.c); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("%#v: %q, want %q", tt.c, got, tt.want)
			}
		}
		await(t, p, "the kill", func(s *procs.Snapshot) bool { return slot(s, 1, 0).State == procs.Stopped })
		if s := slot(p.Snapshot(), 0, 0); s.State != procs.Running || s.PID != pid {
			t.Errorf("p/0 is %s, pid %d, was %d: a name was taken for a pattern, or none for all", s.State, s.PID, pid)
		}
		if err := p.Do(context.Background(), procs.Scale{Pool: "p", Size: 3}); err != nil {
			t.Fatal(err)
		}
		await(t, p, "more slots", func(s *procs.Snapshot) bool {
			return len(s.Pools[0].Slots) == 3 && slot(s, 0, 2).State == procs.Running
		})
		if err := p.Do(context.Background(), procs.Scale{Pool: "p", Size: 1}); err != nil {
			t.Fatal(err)
		}
		await(t, p, "fewer slots", func(s *procs.Snapshot) bool { return len(s.Pools[0].Slots) == 1 })
	}},
	{"a terminal is opened with what it shows, typed into, and ends with its run", []procs.Spec{
		{Name: "p", Argv: []string{"sh", "-c", `printf 'name? '; read -r x; stty size; echo "[$x]"`}, Size: 1, Output: procs.OutputPTY},
		shell("q", 1, "exec sleep 1000"),
	}, func(t *testing.T, p port) {
		await(t, p, "the question", func(s *procs.Snapshot) bool {
			return string(slot(s, 0, 0).LastLine.Text) == "name? " && slot(s, 1, 0).State == procs.Running
		})
		id := procs.ID{Pool: "p"}
		opened, err := p.Ask(t.Context(), session.TerminalQuestion{ID: id, Cols: 61, Rows: 13})
		terminal, ok := opened.(session.OpenedTerminal)
		if err != nil || !ok {
			t.Fatalf("%T, %v", opened, err)
		}
		defer terminal.Close()
		first, err := terminal.Next(t.Context())
		if err != nil || !first.Fresh || first.Answer || first.N != 1 || string(first.Data) != "name? " {
			t.Errorf("it begins with %+v, %v", first, err)
		}
		if err := p.Do(t.Context(), procs.Type{IDs: []procs.ID{id}, Data: []byte("b\xc3\xb6b\xff\r")}); err != nil {
			t.Error(err)
		}
		var rest []byte
		for err == nil {
			var piece procs.TerminalPiece
			if piece, err = terminal.Next(t.Context()); piece.Fresh {
				t.Error("it begins anew")
			}
			rest = append(rest, piece.Data...)
		}
		if want := "b\xc3\xb6b\xff\r\n13 61\r\n[b\xc3\xb6b\xff]\r\n"; string(rest) != want || !errors.Is(err, io.EOF) {
			t.Errorf("then came %q, want %q; %v", rest, want, err)
		}
		await(t, p, "the end", func(s *procs.Snapshot) bool { return slot(s, 0, 0).State == procs.Exited })
		for id, why := range map[procs.ID]string{
			id:                     "it has ended (exit 0)",
			{Pool: "q"}:            "it has no terminal; --output pty gives it one",
			{Pool: "x"}:            "there is no such process",
			{Pool: "q", Slot: 100}: "there is no such process",
		} {
			if _, err := p.Ask(t.Context(), session.TerminalQuestion{ID: id, Cols: 80, Rows: 24}); err == nil || err.Error() != "cannot type into "+id.String()+": "+why {
				t.Errorf("opened: %v, want %s", err, why)
			}
			if err := p.Do(t.Context(), procs.Type{IDs: []procs.ID{id}, Data: []byte("x")}); err == nil || err.Error() != "cannot type into "+id.String()+": "+why {
				t.Errorf("typed into: %v, want %s", err, why)
			}
		}
	}},
	{"a terminal that is closed is read no more, and its size goes back", []procs.Spec{
		{Name: "p", Argv: []string{"sh", "-c", `trap 'stty size' WINCH; echo up; while :; do sleep 0.01; done`}, Size: 1, Output: procs.OutputPTY},
	}, func(t *testing.T, p port) {
		await(t, p, "the start", func(s *procs.Snapshot) bool { return string(slot(s, 0, 0).LastLine.Text) == "up" })
		if err := p.Do(t.Context(), procs.Resize{Cols: 70, Rows: 20}); err != nil {
			t.Fatal(err)
		}
		says := func(size string) func(s *procs.Snapshot) bool {
			return func(s *procs.Snapshot) bool { return string(slot(s, 0, 0).LastLine.Text) == size }
		}
		await(t, p, "its size", says("20 70"))
		opened, err := p.Ask(t.Context(), session.TerminalQuestion{ID: procs.ID{Pool: "p"}, Cols: 61, Rows: 13})
		if err != nil {
			t.Fatal(err)
		}
		terminal := opened.(session.OpenedTerminal)
		await(t, p, "another size", says("13 61"))
		read := make(chan error)
		go func() {
			for {
				if _, err := terminal.Next(context.Background()); err != nil {
					read <- err
					return
				}
			}
		}()
		terminal.Close()
		if err := <-read; !errors.Is(err, io.EOF) {
			t.Errorf("after it was closed: %v", err)
		}
		await(t, p, "its old size", says("20 70"))
	}},
	{"a full-screen program is told, and what it draws is no last line", []procs.Spec{
		{Name: "p", Argv: []string{"sh", "-c", `stty -echo; echo before; printf '\033[?1049h\033[2Jpicture\n'; read -r x; printf '\033[?1049l'; read -r x; echo after`}, Size: 1, Output: procs.OutputPTY},
	}, func(t *testing.T, p port) {
		enter := func() {
			if err := p.Do(t.Context(), procs.Type{IDs: []procs.ID{{Pool: "p"}}, Data: []byte("\r")}); err != nil {
				t.Error(err)
			}
		}
		await(t, p, "the picture", func(s *procs.Snapshot) bool {
			return slot(s, 0, 0).FullScreen && slot(s, 0, 0).Lines == 2 && len(slot(s, 0, 0).LastLine.Text) == 0
		})
		page, err := p.Output(procs.Query{Source: procs.SlotSource(procs.ID{Pool: "p"}), Max: 2})
		if err != nil || len(page.Lines) != 2 || page.Lines[0].Entered || !page.Lines[1].Entered || !strings.HasSuffix(string(page.Lines[1].Text), "picture") {
			t.Errorf("its lines are %+v, %v", page.Lines, err)
		}
		enter()
		await(t, p, "it to leave", func(s *procs.Snapshot) bool { return !slot(s, 0, 0).FullScreen })
		enter()
		await(t, p, "the line after it", func(s *procs.Snapshot) bool { return string(slot(s, 0, 0).LastLine.Text) == "after" })
	}},
	{"what a process did lately, and its child", []procs.Spec{shell("p", 1, "exec 3<&0; sleep 1000 & wait")}, func(t *testing.T, p port) {
		id := procs.ID{Pool: "p"}
		did := func(pid int) session.Moments {
			answer, err := p.Ask(t.Context(), session.MomentsQuestion{ID: id, PID: pid})
			if err != nil {
				t.Fatal(err)
			}
			m, _ := answer.(session.Moments)
			return m
		}
		await(t, p, "two measurements of the child", func(s *procs.Snapshot) bool {
			return len(slot(s, 0, 0).Descendants) == 1 && len(did(slot(s, 0, 0).Descendants[0].PID).List) >= 2
		})
		s := slot(p.Snapshot(), 0, 0)
		child := s.Descendants[0]
		if m := did(child.PID); m.Own || m.List[0].PID != child.PID || m.List[0].RSSBytes <= 0 || !m.List[1].At.After(m.List[0].At) {
			t.Errorf("the child: %+v", m)
		}
		if m := did(0); !m.Own || len(m.List) < 2 || m.List[0].PID != s.PID || m.List[0].Run != 1 || m.List[0].Threads != 1 {
			t.Errorf("the shell: %+v", m)
		}
	}},
	{"a plan, or why there is none", []procs.Spec{shell("p", 1, "exec sleep 1000")}, func(t *testing.T, p port) {
		answer, err := p.Ask(context.Background(), session.PlanQuestion{})
		changes, _ := answer.(session.Plan)
		want := session.Plan{{Pool: "p", Kind: procs.Scaled, From: 1, To: 2}, {Pool: "new", Kind: procs.Added, To: 1}}
		if diff := cmp.Diff(want, changes, cmp.Comparer(func(a, b procs.Change) bool { return a.String() == b.String() })); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		if _, err := p.Ask(context.Background(), session.PlanQuestion{}); err == nil || err.Error() != errNoFile.Error() {
			t.Errorf("%v, want %v", err, errNoFile)
		}
		if err := p.Do(context.Background(), procs.Reload{}); err == nil || err.Error() != errNoFile.Error() {
			t.Errorf("a reload: %v, want %v", err, errNoFile)
		}
	}},
	{"locks", []procs.Spec{shell("p", 1, "exec sleep 1000")}, func(t *testing.T, p port) {
		await(t, p, "a view of the locks", func(*procs.Snapshot) bool { return !p.Found().Locks.At.IsZero() })
	}},
	{"stacks", []procs.Spec{shell("p", 2, "exec sleep 1000")}, func(t *testing.T, p port) {
		await(t, p, "the start", func(s *procs.Snapshot) bool { return running(s) && slot(s, 0, 1).State == procs.Running })
		await(t, p, "the stacks of both", func(*procs.Snapshot) bool {
			answer, err := p.Ask(context.Background(), session.StacksQuestion{})
			all, ok := answer.(session.StacksJSON)
			if err != nil || !ok || len(all.Coverage) == 0 {
				t.Fatalf("%+v, %v", answer, err)
			}
			return len(all.Stacks) == 1 && all.Stacks[0].Count == 2 && len(all.Stacks[0].Processes) == 2 && all.Stacks[0].Processes[0] == "p/0"
		})
		answer, err := p.Ask(context.Background(), session.StacksQuestion{Targets: []string{"p/1"}})
		one, _ := answer.(session.StacksJSON)
		if err != nil || len(one.Stacks) != 1 || one.Stacks[0].Count != 1 || !slices.Equal(one.Stacks[0].Processes, []string{"p/1"}) {
			t.Errorf("of one: %+v, %v", answer, err)
		}
		const want = "cannot read the stacks of p/1/nobody: there is no such process"
		if _, err := p.Ask(context.Background(), session.StacksQuestion{Targets: []string{"p", "p/1/nobody"}}); err == nil || err.Error() != want {
			t.Errorf("of nobody: %v, want %q", err, want)
		}
	}},
	{"a capture has its progress, its end, its place in the history and its profile", []procs.Spec{shell("p", 2, "exec sleep 1000")}, func(t *testing.T, p port) {
		await(t, p, "the start", func(s *procs.Snapshot) bool { return running(s) && slot(s, 0, 1).State == procs.Running })
		first := capturing(t, p, session.ProfileRequest{Targets: []string{"p"}, Duration: time.Hour})
		if first.State != session.ProfileRunning || first.ID() != "p1" || first.Request.Kind != "cpu" || first.Request.Rate != 99 {
			t.Errorf("it began as %+v", first)
		}
		await(t, p, "progress", func(*procs.Snapshot) bool {
			now := p.Found().Profiles
			return len(now) == 1 && now[0].Progress.Processes == 2 && now[0].Progress.Of == time.Hour && now[0].Progress.Done > 0
		})
		_, err := p.Ask(context.Background(), session.ProfileQuestion{Seq: 1})
		if err == nil || err.Error() != "cannot read capture p1: it is under way" {
			t.Errorf("its profile too early: %v", err)
		}
		end, err := p.Ask(context.Background(), session.EndProfile{Seq: 1})
		if done, _ := end.(*session.Profiled); err != nil || done == nil || done.State != session.ProfileDone || done.Processes != 2 || done.Samples != 2 || done.File == "" {
			t.Fatalf("it ended as %+v, %v", end, err)
		}
		await(t, p, "the end", func(*procs.Snapshot) bool { return p.Found().Profiles[0].State == session.ProfileDone })
		data, err := p.Ask(context.Background(), session.ProfileQuestion{Seq: 1})
		packed, _ := data.(session.ProfileData)
		if got, parsed := profile.ParseData(packed); err != nil || parsed != nil || len(got.Sample) != 2 || got.Sample[0].Label["process"][0] != "p/0" {
			t.Errorf("its profile: %v, %v, %v", got, err, parsed)
		}
	}},
	{"two captures of one process: the second is told who is busy; of two they run side by side", []procs.Spec{shell("p", 2, "exec sleep 1000")}, func(t *testing.T, p port) {
		await(t, p, "the start", func(s *procs.Snapshot) bool { return running(s) && slot(s, 0, 1).State == procs.Running })
		capturing(t, p, session.ProfileRequest{Targets: []string{"p/0"}, Duration: time.Hour})
		capturing(t, p, session.ProfileRequest{Targets: []string{"p/1"}, Duration: time.Hour, Kind: "wall"})
		_, err := p.Ask(context.Background(), session.StartProfile{Request: session.ProfileRequest{Targets: []string{"p"}}})
		if err == nil || err.Error() != "cannot profile p/0: busy: capture p1 (cpu of p/0, 1h0m0s left) samples it" {
			t.Errorf("the third: %v", err)
		}
		end, err := p.Ask(context.Background(), session.EndProfile{Seq: 1, Discard: true})
		if c, _ := end.(*session.Profiled); err != nil || c == nil || c.State != session.ProfileCancelled || c.File != "" {
			t.Errorf("cancelled: %+v, %v", end, err)
		}
		if _, err := p.Ask(context.Background(), session.ProfileQuestion{Seq: 1}); err == nil || err.Error() != "cannot read capture p1: it was cancelled" {
			t.Errorf("what was cancelled: %v", err)
		}
		capturing(t, p, session.ProfileRequest{Targets: []string{"p/0"}, Duration: time.Hour})
	}},
	{"who is born during a capture joins it", []procs.Spec{shell("p", 1, "exec sleep 1000")}, func(t *testing.T, p port) {
		await(t, p, "the start", running)
		capturing(t, p, session.ProfileRequest{Duration: time.Hour})
		if err := p.Do(context.Background(), procs.Scale{Pool: "p", Size: 3}); err != nil {
			t.Fatal(err)
		}
		await(t, p, "all three", func(*procs.Snapshot) bool {
			now := p.Found().Profiles
			return len(now) == 1 && now[0].Progress.Processes == 3
		})
	}},
	{"a capture that cannot be is refused in the same words", []procs.Spec{shell("p", 1, "exec sleep 1000"), shell("q", 1, "true")}, func(t *testing.T, p port) {
		await(t, p, "the start", func(s *procs.Snapshot) bool { return running(s) && slot(s, 1, 0).State == procs.Exited })
		for _, tt := range []struct {
			r    session.ProfileRequest
			want string
		}{
			{session.ProfileRequest{Targets: []string{"x"}}, "cannot profile x: there is no such process; there are the pools p, q"},
			{session.ProfileRequest{Targets: []string{"q"}}, "cannot profile q: no process of it runs"},
			{session.ProfileRequest{Targets: []string{"1"}}, "cannot profile 1: there is no such process"},
			{session.ProfileRequest{Targets: []string{"p/0/worker"}}, "cannot profile p/0/worker: there is no such process"},
			{session.ProfileRequest{Kind: "colour"}, `cannot profile "colour": the kinds are cpu, wall, heap, allocs, goroutine, mutex, block, threadcreate, trace, deterministic, lines`},
			{session.ProfileRequest{Kind: "lines"}, "cannot time the lines of no function: name one, such as work, Model.step or train.load"},
			{session.ProfileRequest{Rate: 5000}, "cannot look 5000 times a second: it is 1 to 1000"},
			{session.ProfileRequest{Duration: 2 * time.Hour}, "cannot profile for 2h0m0s: it is more than 0 and at most 1h0m0s"},
		} {
			_, err := p.Ask(context.Background(), session.StartProfile{Request: tt.r})
			if err == nil || err.Error() != tt.want {
				t.Errorf("%+v: %v, want %s", tt.r, err, tt.want)
			}
		}
		for _, q := range []session.Question{session.EndProfile{Seq: 7}, session.ProfileQuestion{Seq: 7}} {
			if _, err := p.Ask(context.Background(), q); err == nil || err.Error() != "cannot look for capture p7: there is no such capture, or it is kept no more" {
				t.Errorf("%T: %v", q, err)
			}
		}
	}},
	{"samples", []procs.Spec{shell("p", 1, "exec sleep 1000")}, func(t *testing.T, p port) {
		id := procs.ID{Pool: "p"}
		await(t, p, "three samples", func(*procs.Snapshot) bool { return len(p.Samples(id, 3)) == 3 })
		for i, s := range p.Samples(id, 3) {
			if s.Run != 1 || s.Processes != 1 || s.Own.RSSBytes <= 0 || s.At.IsZero() {
				t.Errorf("sample %d: %+v", i, s)
			}
		}
		await(t, p, "a sample in the snapshot", func(s *procs.Snapshot) bool { return slot(s, 0, 0).Sample.Own.RSSBytes > 0 })
		if got := p.Samples(procs.ID{Pool: "nobody"}, 3); len(got) != 0 {
			t.Errorf("samples of nobody: %+v", got)
		}
	}},
}

// errNoFile is what the configuration of the tests says the second time.
var errNoFile = errors.New("cannot read muster.yaml: no such file\nline two")

// capturing starts a capture.
func capturing(t *testing.T, p port, r session.ProfileRequest) *session.Profiled {
	t.Helper()
	a, err := p.Ask(context.Background(), session.StartProfile{Request: r})
	c, _ := a.(*session.Profiled)
	if err != nil || c == nil {
		t.Fatalf("cannot start a capture of %v: %v", r.Targets, err)
	}
	return c
}

func drain(p port) {
	for {
		select {
		case <-p.Stirred():
		default:
			return
		}
	}
}

func TestBothSeeTheSame(t *testing.T) {
	for _, b := range behaviours {
		for _, side := range both {
			t.Run(b.name+"/"+side.name, func(t *testing.T) {
				asked := 0
				st := play(t, func() ([]procs.Spec, error) {
					if asked++; asked > 1 {
						return nil, errNoFile
					}
					return []procs.Spec{shell("p", 2, "exec sleep 1000"), shell("new", 1, "true")}, nil
				}, b.specs...)
				b.check(t, side.open(t, st))
			})
		}
	}
}

// What comes over the socket is equal to what it was made from, in every field.
func TestAFrameLosesNothing(t *testing.T) {
	st := play(t, nil, shell("p", 2, "echo out; (sleep 1000)"), shell("q", 1, "exit 4"))
	await(t, st.session, "the start", func(s *procs.Snapshot) bool {
		return running(s) && slot(s, 1, 0).State == procs.Exited && len(slot(s, 0, 0).Descendants) > 0 && slot(s, 0, 1).Lines == 1
	})
	there := st.attach(t)
	deadline := time.Now().Add(patience)
	for {
		ours, theirs := st.session.Snapshot(), there.Snapshot()
		if ours.Version == theirs.Version {
			if diff := cmp.Diff(ours, theirs); diff != "" {
				t.Fatal(diff)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the snapshots never were of one version")
		}
	}
}
