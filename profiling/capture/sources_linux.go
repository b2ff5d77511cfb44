package capture

// sourcesFor returns the sources that serve a capture, in the order in which they
// are asked.
func sourcesFor(t *taking) []source {
	switch t.request.Kind {
	case CPU, Wall:
		return []source{newGolang(t), newKernelSamples(t)}
	case Deterministic, Lines:
		return nil
	}
	return []source{newGolang(t)}
}
