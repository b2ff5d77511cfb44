e = ValueError("bad width")
e.add_note("in a.jpg")
e.add_note("and\nin b.jpg")
raise e
