// Package output keeps what processes print: the newest lines of each slot in
// memory, every line in a log on disk, and one order over all of them.
//
// Start at [Store] and follow the bytes. [Slot.Write] takes what one read
// gave. The splitter (splitter.go) joins it to what the same writer left
// unterminated before, and cuts what is longer than 64 KiB. Whole lines go to
// the slot's log (log.go, segment.go, index.go, openfile.go), then to its ring (ring.go),
// then into the session-wide order (merge.go, spill.go). [Store.Query] reads
// windows for a screen, and [Reader] reads everything, once, for a printer.
// [Archive] reads a log without its store: that of another process, or of one
// that was killed. Searches leave out what cannot match by whole blocks of
// text (sift.go, word.go, need.go).
//
// What is promised:
//
//   - A line is numbered once and never changes. Numbers of a slot count from
//     0 without holes; those of a merged source do so over the whole session.
//   - Lines of several writers of one slot stay whole: bytes are joined per
//     stream and pid.
//   - A line is in the log before it is in the ring, and in the ring before it
//     is in the merged order. So what a reader knows of can be found, and what
//     the ring has let go of is in the log unless the log says otherwise. Of a
//     flood the ring holds little more than what the log has not written yet.
//   - What is gone (budget, full disk) is counted wherever a reader meets it.
//   - Where somebody removes the log, or a file of it, while it is written, that is
//     noticed within a second of output, or before the next; what was in it is
//     counted, and what comes goes into another file (removal.go).
//   - Memory is bounded: lines and bytes per ring, bytes over all rings, 64 KiB
//     for each unterminated line and 1 MiB for those of a slot, 4 MiB for the
//     merged order.
//   - What was printed is on disk 50 ms after it was read: whole lines in the
//     log file, unterminated ones in a file beside it (openfile.go). So a crash
//     of muster costs the last 100 ms; a crash of the machine costs what the
//     kernel had not written.
//   - A writer waits for no reader but a printer ([Reader.Hold]), and for that only
//     while the log cannot be written. It waits for the disk only as far as
//     write(2) does.
//
// Unterminated lines show as [procs.Line.Partial] (partials.go), with the numbers
// that the next lines will get. Whoever shows them asks again from the first of these
// ([procs.Page.Next] says so), and gets whatever lines took them, with what is
// still unfinished after those. No line is shown twice, none is left out. What a
// process leaves without a newline becomes a line when whoever knows of its end
// says so ([Slot.EndProcess], [Slot.EndWriter]), else with the end of the run.
//
// Locks are taken in this order: Slot.writing, slotLog.mu, Slot.mu, merge.mu.
// Only the first two are held over a write to a file; no query of lines in
// memory takes them. Notices are delivered under no lock at all.
package output
