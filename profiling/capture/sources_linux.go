package capture

// sourcesFor returns the sources that serve a capture, in the order in which they
// are asked.
func sourcesFor(*taking) []source { return nil }
