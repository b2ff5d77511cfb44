package capture

// sourcesFor returns the sources that serve a capture, in the order in which they
// are asked.
func sourcesFor(t *taking) []source {
	switch t.request.Kind {
	case CPU:
		return []source{newGolang(t), newPython(t), newKernelSamples(t, nil), newStates(t)}
	case Wall:
		waits := newStates(t)
		return []source{newGolang(t), newPython(t), newKernelSamples(t, waits), waits}
	case Deterministic, Lines:
		return []source{newPythonAgent(t)}
	}
	return []source{newGolang(t)}
}
