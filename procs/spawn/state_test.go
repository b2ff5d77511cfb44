package spawn

import (
	"strconv"
	"strings"

	"example.com/muster/procs/procfs"
)

func stateOf(pid int) byte {
	s, _ := procfs.ReadStat(pid)
	return s.State
}

func sessionOf(pid int) int {
	s, _ := procfs.ReadStat(pid)
	return s.SID
}

func nameOf(pid int) string { return procfs.Comm(pid) }

func commandOf(pid int) string { return strings.Join(procfs.Argv(pid), " ") }

func pidText(pid int) string { return strconv.Itoa(pid) }
