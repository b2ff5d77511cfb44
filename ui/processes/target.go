package processes

// Target names the selected process for a profile: "pool/slot", or
// "pool/slot/label" if it is below that; "" if nothing is selected.
func (s *Screen) Target() string {
	r := s.row()
	switch {
	case r == nil:
		return ""
	case r.child == nil:
		return r.id.String()
	}
	return r.id.String() + "/" + r.name()
}
