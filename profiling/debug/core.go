package debug

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Dead is a process that has ended by a signal.
type Dead struct {
	PID int
	Dir string // where it ran
}

// OpenCore chooses a debugger for what a process has left. Find is that of
// [Choose]; the error is a *[Refusal].
func OpenCore(d Dead, find func(name string) string) (Plan, error) {
	pattern, _ := os.ReadFile("/proc/sys/kernel/core_pattern") // elsewhere there is none
	usesPID, _ := os.ReadFile("/proc/sys/kernel/core_uses_pid")
	where := strings.TrimSpace(string(pattern))
	if program, piped := strings.CutPrefix(where, "|"); piped {
		return fromCollector(d, program, find)
	}
	core, exe := coreOf(CorePattern(where, strings.TrimSpace(string(usesPID)) != "0", d), d.PID)
	if core == "" {
		return Plan{}, refuse("it has ended, and no core dump of it is found", "ulimit -c unlimited before the start permits one")
	}
	if _, err := buildinfo.ReadFile(exe); err == nil {
		if dlv := find("dlv"); dlv != "" {
			return Plan{Argv: []string{dlv, "core", exe, core}, Leave: "exit ends it"}, nil
		}
	}
	if gdb := find("gdb"); gdb != "" {
		argv := []string{gdb, "-q"}
		if exe != "" {
			argv = append(argv, exe)
		}
		return Plan{Argv: append(argv, "-c", core), Leave: "q ends it"}, nil
	}
	if lldb := find("lldb"); lldb != "" {
		return Plan{Argv: []string{lldb, "-c", core}, Leave: "q ends it"}, nil
	}
	return Plan{}, refuse("no debugger is installed for its core dump "+core, "install gdb or lldb")
}

// fromCollector is for a kernel that gives core dumps to a program.
func fromCollector(d Dead, program string, find func(name string) string) (Plan, error) {
	name, _, _ := strings.Cut(program, " ")
	if ctl := find("coredumpctl"); ctl != "" && filepath.Base(name) == "systemd-coredump" {
		return Plan{Argv: []string{ctl, "debug", strconv.Itoa(d.PID)}, Leave: "q ends it"}, nil
	}
	return Plan{}, refuse("it has ended, and its core dump went to "+name, fmt.Sprintf("ask that program for the dump of pid %d", d.PID))
}

// CorePattern turns kernel.core_pattern, see core(5), into a pattern of
// [filepath.Glob] for the core dump of one process. It is pure.
func CorePattern(pattern string, usesPID bool, d Dead) string {
	var b strings.Builder
	named := false
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' || i+1 == len(pattern) {
			b.WriteString(globbed(pattern[i : i+1]))
			continue
		}
		i++
		switch pattern[i] {
		case '%':
			b.WriteByte('%')
		case 'p':
			named = true
			b.WriteString(strconv.Itoa(d.PID))
		default: // what is not known here, and the pids of other namespaces
			b.WriteByte('*')
		}
	}
	if usesPID && !named {
		b.WriteString("." + strconv.Itoa(d.PID))
	}
	if strings.HasPrefix(pattern, "/") {
		return b.String()
	}
	return filepath.Join(globbed(d.Dir), b.String())
}

// globbed makes a text one that matches itself.
func globbed(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(s)
}

// coreOf finds the newest core dump of a process among the files that match,
// and the program that it ran; "" if there is none.
func coreOf(pattern string, pid int) (name, exe string) {
	found, _ := filepath.Glob(pattern) // a bad pattern matches nothing
	var last os.FileInfo
	for _, f := range found {
		info, err := os.Stat(f)
		if err != nil || !info.Mode().IsRegular() || last != nil && !info.ModTime().After(last.ModTime()) {
			continue
		}
		if c, err := openCore(f); err == nil && c.pid == pid {
			name, exe, last = f, c.exe, info
		}
	}
	return name, exe
}

func openCore(name string) (coreFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return coreFile{}, err
	}
	defer f.Close() // it was only read
	return readCore(f)
}
