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

// A command that was typed is a program with braces of its own: only the slot's number is put in.
func TestSlotOnly(t *testing.T) {
	s := Spec{Argv: []string{"python3", "-c", `print(f"{port} {pool} {pprof_port} {slot} {slot+1}")`}, SlotOnly: true, Env: []string{"PORT={port}"}}
	got := Vars{ID: ID{Pool: "web", Slot: 2}, Port: 4000, PprofPort: 4001}.Spec(s)
	if got.Argv[2] != `print(f"{port} {pool} {pprof_port} 2 3")` || got.Env[0] != "PORT=4000" {
		t.Errorf("%q %q", got.Argv, got.Env)
	}
	s.Env = nil
	if port, pprof := s.NamesPorts(); port || pprof {
		t.Errorf("ports are named: %v %v", port, pprof)
	}
}
