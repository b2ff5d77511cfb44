package theme

// Writers is how many writers [Theme.Writer] tells apart by colour, 0 on a
// terminal without colours.
func (t *Theme) Writers() int { return len(t.writers) }
