package crash

// Judge says what a death means.
func Judge(d *Death) Verdict {
	v := Verdict{Words: -1, Cause: CauseExit, Certainty: Certain}
	if d.Exit == nil {
		return v
	}
	v.Crash, v.Headline = IsCrash(*d.Exit), Headline(*d.Exit)
	if d.Exit.Signal != 0 {
		v.Cause = CauseSignal
		if sentFromOutside(d.Exit.Signal) {
			v.Cause = CauseKilled
		}
	}
	v.Group = v.Headline
	return v
}
