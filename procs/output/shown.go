package output

// Plain returns what a line shows, as a search sees it: without escape
// sequences and other control characters but tab, and of a line that redraws
// itself the last state. The result may be text itself.
func Plain(text []byte) []byte { return plain(nil, text) }
