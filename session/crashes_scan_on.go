//go:build !muster_noscan

package session

// scans says that the output of living processes is looked through for last
// words. A build without it (-tags muster_noscan) is what bench/run measures
// the cost of that against.
const scans = true
