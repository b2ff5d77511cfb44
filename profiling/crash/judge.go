package crash

import "example.com/muster/procs"

// Judge says what a death means.
func Judge(d *Death) Verdict {
	v := Verdict{Words: -1, Cause: CauseExit, Certainty: Certain}
	if d.Exit == nil {
		for i := range d.Words {
			if w := &d.Words[i]; !w.Logged {
				return Verdict{Crash: true, Cause: CauseException, Certainty: Certain, Headline: w.Exception.Headline(), Words: i, Group: w.Exception.Headline()}
			}
		}
		return v
	}
	v.Crash, v.Headline = IsCrash(*d.Exit), Headline(*d.Exit)
	if d.Exit.Signal == procs.SIGTERM && d.Who.Role == procs.RoleWorker && d.Who.ParentLived {
		v.Crash = false // a pool ends its workers so: Pool.terminate in Lib/multiprocessing/pool.py
	}
	if d.Exit.Signal != 0 {
		v.Cause = CauseSignal
		if sentFromOutside(d.Exit.Signal) {
			v.Cause = CauseKilled
		}
	}
	for i := len(d.Words) - 1; i >= 0 && v.Words < 0; i-- {
		if w := &d.Words[i]; v.Crash && !w.Logged && w.Scope == EndsProcess {
			v.Words, v.Headline, v.Cause = i, w.Exception.Headline(), CauseException
		}
	}
	v.Group = v.Headline
	return v
}
