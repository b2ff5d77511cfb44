package procs

import "testing"

func TestExpand(t *testing.T) {
	v := Vars{ID: ID{Pool: "web", Slot: 2}, Port: 4000, PprofPort: 4001}
	for s, want := range map[string]string{
		"{pool}/{slot} {port} {pprof_port}":  "web/2 4000 4001",
		"PORT={slot+5000}":                   "PORT=5002",
		SlotPlus(65000):                      "65002",
		"${slot} ${slot+1} {slot+} {slot+x}": "${slot} ${slot+1} {slot+} {slot+x}",
		"{slot+-1} {slot+1":                  "{slot+-1} {slot+1",
		"{slot+99999999999999999999}":        "{slot+99999999999999999999}",
	} {
		if got := v.Expand(s); got != want {
			t.Errorf("%q became %q, want %q", s, got, want)
		}
	}
}
