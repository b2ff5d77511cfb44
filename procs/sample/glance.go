package sample

import "example.com/muster/procs"

// maxGlances bounds how many processes a [Glance] looks at: each costs about 20 us.
const maxGlances = 256

// Glance reads what one look tells of descendants that no pass has measured yet, since they
// have begun after the last one: state, resident memory and threads. It changes the list.
func Glance(list []procs.Descendant) {
	var r reader
	for i, left := 0, maxGlances; i < len(list) && left > 0; i++ {
		d := &list[i]
		if d.Exit != nil || d.Threads != procs.Unknown {
			continue
		}
		if r == nil {
			r = newReader()
		}
		left--
		glance(r, d)
	}
}

// glance reads one process; nothing if it is gone.
func glance(r reader, d *procs.Descendant) {
	probe, err := r.open(d.PID)
	if err != nil {
		return
	}
	defer probe.close()
	var l looked
	if probe.look(&l) != nil || l.hasStat && d.StartTime != 0 && l.stat.StartTime != d.StartTime {
		return
	}
	d.State, d.Threads = l.state, l.threads
	if l.rssBytes > 0 { // 0 is what stat says of a small one, see entry.memory
		d.RSSBytes = l.rssBytes
	}
}
