package pages

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Drop gives those pages back. The ones that are needed come back from the file by
// themselves.
func Drop() {
	maps, err := os.ReadFile("/proc/self/maps")
	self, linkErr := os.Readlink("/proc/self/exe")
	if err != nil || linkErr != nil {
		return // then it keeps them
	}
	for line := range strings.Lines(string(maps)) {
		f := strings.Fields(line)
		if len(f) < 6 || f[5] != self || f[1] != "r-xp" && f[1] != "r--p" {
			continue
		}
		from, to, _ := strings.Cut(f[0], "-")
		start, err := strconv.ParseUint(from, 16, 64)
		end, endErr := strconv.ParseUint(to, 16, 64)
		if err == nil && endErr == nil && start < end {
			// Pages that nobody can have written to are read from the file again (madvise(2)).
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, uintptr(start), uintptr(end-start), unix.MADV_DONTNEED)
		}
	}
}
