package session

import (
	"fmt"
	"os"

	"example.com/muster/procs"
)

// gone is the error of who signals a process that has ended: "sleep (pid 4704) has ended".
// It also is [os.ErrProcessDone], and says nothing more.
type gone struct{ who string }

func (g gone) Error() string { return g.who + " has ended" }

func (gone) Is(target error) bool { return target == os.ErrProcessDone }

// goneFrom names a process by what the pools still tell of it.
func goneFrom(pools []procs.Pool, ref procs.PIDRef) error {
	pid := fmt.Sprintf("pid %d", ref.PID)
	for _, p := range pools {
		for i := range p.Slots {
			for _, d := range p.Slots[i].Descendants {
				switch {
				case d.PIDRef != ref:
				case d.Label != "":
					return gone{valid(d.Label) + " (" + pid + ")"}
				case len(d.Argv) > 0:
					return gone{valid(d.Argv[0]) + " (" + pid + ")"}
				}
			}
		}
	}
	return gone{pid}
}
