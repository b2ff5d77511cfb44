// Package permits finds out what this machine lets muster see, and says what to
// do about what it does not. What the machine is comes from small probes
// (probe_linux.go), which only look at muster itself and at a child that plays
// a watched process; what follows from it is decided by [Judge], which is pure.
//
// Start at [Probe] for `muster doctor`, at [Look] for a single process.
package permits
