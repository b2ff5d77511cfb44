package output

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"
)

// disk is what the logs of all slots share: where they are, what they may
// take, and the count of what did not get there or did not stay.
type disk struct {
	dir          string
	files        files
	segmentBytes int64
	maxOpen      int64 // logs whose files are open at a time, busy ones aside
	now          func() int64
	notices      *notices
	flusher      *flusher
	leaps        bool // it may take so much that rings need not hold what is on it, see ring.leap

	used         atomic.Int64 // bytes of all segments
	open         atomic.Int64
	refused      atomic.Pointer[string] // why something could not be written last
	refuses      atomic.Bool            // and that has not been overcome
	lostBytes    atomic.Int64           // could not be written
	stuckBytes   atomic.Int64           // could not be written so far
	lostLines    atomic.Int64
	removedBytes atomic.Int64 // made room for newer ones
	removedLines atomic.Int64
	removal      removal
}

// retryEvery is how long a log that cannot be written waits for the next try.
const retryEvery = int64(time.Second)

// fail notes that the disk refuses, which is news unless it did already.
func (d *disk) fail(err error) { d.failed(err, !d.refuses.Swap(true)) }

// failed queues the notice that the log cannot be written.
func (d *disk) failed(err error, news bool) {
	why := reason(err)
	d.refused.Store(&why)
	d.notices.add("failed: "+why, news, func() string {
		return fmt.Sprintf("cannot write the log in %s: %s; output is still shown, %d bytes of it are not in the log so far",
			filepath.Clean(d.dir), why, d.lostBytes.Load()+d.stuckBytes.Load())
	})
}

// removed says what of the log was removed.
func (d *disk) removed() string { return d.removal.text(d.dir, !d.refuses.Load()) }

func (d *disk) recovered() {
	d.notices.add("recovered", d.refuses.Swap(false), func() string {
		return fmt.Sprintf("the log is written again; %d bytes were lost from it", d.lostBytes.Load())
	})
}

func (d *disk) lose(p *piece) {
	d.lostBytes.Add(int64(p.size()))
	d.lostLines.Add(int64(p.lines))
}
