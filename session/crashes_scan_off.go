//go:build muster_noscan

package session

const scans = false
