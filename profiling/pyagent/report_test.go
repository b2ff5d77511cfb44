package pyagent

import (
	"reflect"
	"strings"
	"testing"

	"example.com/muster/procs"
)

func TestParse(t *testing.T) {
	site := Site{MadeBy: "Queue", File: "/srv/w.py", Line: 7, Function: "main"}
	const where = `"made_by":"Queue","file":"/srv/w.py","line":7,"function":"main"`
	for line, want := range map[string]Report{
		`{"t":"process","pid":7,"ppid":3,"start":99,"how":"fork","name":"F-1","argv0":"w.py"}`: Process{
			PIDRef: procs.PIDRef{PID: 7, StartTime: 99}, PPID: 3, Name: "F-1", Forked: true, Argv0: "w.py",
		},
		`{"t":"lock","pid":7,"object":18446744073709551615,"handle":16,"name":"/mp-x","kind":"Queue","role":"_sem",` + where + `}`: Lock{
			PID: 7, Object: 1<<64 - 1, Handle: 16, Name: "/mp-x", Kind: "Queue", Role: "_sem", Site: site,
		},
		`{"t":"lock","pid":7,"object":1,"rebuilt":true}`:    Lock{PID: 7, Object: 1, Rebuilt: true},
		`{"t":"pipe","pid":7,"inodes":[5,6],` + where + `}`: Pipe{PID: 7, Inodes: []uint64{5, 6}, Site: site},
		`{"t":"exception","pid":7,"n":1,"start":9,"what":"task","name":"W-1","task":"f(1)","items":2,"owner":3,"job":4,"i":5,"raised":` +
			`{"type":"ValueError","message":"no","frames":[{"f":"w.py","l":6,"n":"f","r":2}],"out":1,"notes":["a"],"chain":[{"type":"E","how":"cause"}],"members":9,"group":[{"type":"E"}]}}`: Exception{
			ID: ExceptionID{procs.PIDRef{PID: 7, StartTime: 9}, 1}, What: InTask, Process: "W-1", Task: "f(1)", Items: 2,
			Call: Call{Owner: 3, Job: 4, Index: 5},
			Raised: Raised{
				Type: "ValueError", Message: "no", Frames: []TracebackFrame{{"w.py", 6, "f", 2}}, Out: 1, Notes: []string{"a"},
				Chain: []Raised{{Type: "E", How: "cause"}}, Members: 9, Group: []Raised{{Type: "E"}},
			},
		},
		`{"t":"again","pid":7,"n":1,"start":9,"count":100}`: Again{First: ExceptionID{procs.PIDRef{PID: 7, StartTime: 9}, 1}, Count: 100},
		`{"t":"fetched","pid":3,"job":4,"all":true}`:        Fetched{Call: Call{Owner: 3, Job: 4, Index: WholeCall}},
		`{"t":"forks","pid":7,"start":9,"name":"W-1","thread":"T","among":5,"threads":["A","B"],` + where + `}`: Forks{
			PIDRef: procs.PIDRef{PID: 7, StartTime: 9}, Process: "W-1", Thread: "T", Among: 5, Threads: []string{"A", "B"}, Site: site,
		},
		`{"t":"ends","pid":7,"child":8,"start":9,"name":"W","signal":15}`: Ends{PID: 7, Child: procs.PIDRef{PID: 8, StartTime: 9}, Name: "W", Signal: procs.SIGTERM},
		`{"t":"ends","pid":7,"child":8,"signal":1}`:                       nil,
		`{"t":"ends","pid":7,"signal":15}`:                                nil,
		`{"t":"gives up","pid":7,"queue":5}`:                              GivesUp{PID: 7, Queue: 5},
		`{"t":"gives up","pid":7}`:                                        nil,
		`{"t":"forks","pid":7}`:                                           nil,
		`{"t":"forks","pid":7,"among":-1}`:                                nil,
		`{"t":"forks","pid":7,"among":9,"threads":["","","","",""]}`:      nil,
		`{"t":"process","pid":7,"start":9,"how":"fork","among":2,` + where + `}`: Process{
			PIDRef: procs.PIDRef{PID: 7, StartTime: 9}, Forked: true, Among: 2, ForkedAt: site,
		},
		`{"t":"exception","pid":7,"n":1,"start":9,"what":"thread task","dropped":true,"raised":{"type":"E"}}`: Exception{
			ID: ExceptionID{procs.PIDRef{PID: 7, StartTime: 9}, 1}, What: InThreadTask, Unasked: true, Raised: Raised{Type: "E"},
		},
		`{"t":"exception","pid":7,"n":1,"start":9,"what":"exit","task":"f(1)","raised":{"type":"SystemExit","message":"no"}}`: Exception{
			ID: ExceptionID{procs.PIDRef{PID: 7, StartTime: 9}, 1}, What: Exits, Task: "f(1)", Raised: Raised{Type: "SystemExit", Message: "no"},
		},
		`{"t":"exception","pid":7,"n":1,"what":"task"}`:                                                                 nil,
		`{"t":"exception","pid":7,"n":1,"what":"other","raised":{}}`:                                                    nil,
		`{"t":"exception","pid":7,"what":"task","raised":{}}`:                                                           nil,
		`{"t":"exception","pid":7,"n":1,"what":"task","raised":{"group":[` + strings.Repeat(`{},`, maxRaised) + `{}]}}`: nil,
		`{"t":"exception","pid":7,"n":1,"what":"task","raised":{"frames":[{"l":-1}]}}`:                                  nil,
		`{"t":"more","pid":7}`:                    More{PID: 7},
		`{"t":"later","pid":7}`:                   nil,
		`{"t":"more"}`:                            nil,
		`{"t":"more","pid":-1}`:                   nil,
		`{"t":"more","pid":99999999999999999999}`: nil,
		`{"t":"lock","pid":7,"object":-1}`:        nil,
		`{"t":"lock","pid":7,"object":1.5}`:       nil,
		`{"t":"lock","pid":7,"kind":"` + strings.Repeat("x", maxText+1) + `"}`: nil,
		`{"t":"lock","pid":7,"file":"` + strings.Repeat("x", maxPath+1) + `"}`: nil,
		`{"t":"pipe","pid":7,"inodes":[1,2,3]}`:                                nil,
		`{"t":"more","pid":7`:                                                  nil,
		`[]`:                                                                   nil,
		``:                                                                     nil,
		`{"t":"more","pid":7,"x":"` + strings.Repeat("x", maxLine) + `"}`:        nil,
		`{"t":"lock","pid":7,"object":1}{"t":"lock","pid":7,"object":2}`:         nil,
		`{"t":"lock","pid":7,"object":1{"t":"lock","pid":7,"object":2}` + "\x00": nil,
	} {
		got, err := parse([]byte(line))
		if !reflect.DeepEqual(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%.200s: got %+v, %v; want %+v", line, got, err, want)
		}
	}
	if got := site.String(); got != "w.py:7" {
		t.Errorf("the site is %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"t":"lock","pid":7,"object":1,"handle":2,"name":"/mp-x","kind":"Lock","role":"","made_by":"Lock","file":"a","line":1}`))
	f.Add([]byte(`{"t":"process","pid":7,"ppid":3,"start":99,"how":"fork","name":"F-1"}`))
	f.Add([]byte(`{"t":"pipe","pid":7,"inodes":[18446744073709551615,2]}`))
	f.Add([]byte(`{"t":"exception","pid":7,"n":1,"start":9,"what":"task","name":"W-1","task":"f(1)","items":2,"owner":3,"queue":0,"job":4,"i":5,"raised":` +
		`{"type":"ValueError","message":"no","frames":[{"f":"w.py","l":6,"n":"f","r":2}],"out":1,"notes":["a"],"chain":[{"type":"E","how":"cause"}],"members":9,"group":[{"type":"E"}]}}`))
	f.Add([]byte(`{"t":"again","pid":7,"n":1,"start":9,"count":100}`))
	f.Add([]byte(`{"t":"fetched","pid":3,"job":4,"all":true,"dropped":false}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := parse(line)
		if (r == nil) != (err != nil) {
			t.Fatalf("%v and %v", r, err)
		}
		if r == nil {
			return
		}
		var k Known
		k.Add(r, r, r)
		if l, ok := r.(Lock); ok {
			if _, ok := k.Lock(procs.PIDRef{PID: l.PID}, l.Object); !ok {
				t.Fatalf("%+v is not known", l)
			}
		}
	})
}
