package spawn

import (
	"bufio"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

func quote(s string) string { return strconv.Quote(s) }

func notFound(name string) *StartError {
	return &StartError{Code: 127, Why: NotFound + ": " + name, Kind: NotFound}
}

func notExecutable(name, why string) *StartError {
	return &StartError{Code: 126, Why: "not executable: " + name + " (" + why + ")", Kind: "not executable (" + why + ")"}
}

// Lacking returns err as what the machine or a limit of muster's has too little of to
// start a program; nil if it is something else.
func Lacking(err error) *StartError {
	if start, ok := errors.AsType[*StartError](err); ok {
		if start.Lacks == "" {
			return nil
		}
		return start
	}
	number, ok := errors.AsType[unix.Errno](err)
	if !ok || number == unix.EAGAIN { // of a terminal or a socket it says nothing of processes
		return nil
	}
	start := lacking(number)
	if start != nil {
		start.Why = err.Error()
	}
	return start
}

// lacking says what there was too little of, where a program was to be executed; nil if that
// was not it.
func lacking(number unix.Errno) *StartError {
	var of procs.Lack
	why := number.Error()
	switch number {
	case unix.EMFILE, unix.ENFILE: // "too many open files"
		of = procs.LacksFiles
	case unix.ETOOMANYREFS: // sent to the guard, and not received (unix(7))
		of, why = procs.LacksFiles, "too many open files on their way"
	case unix.EAGAIN:
		of, why = procs.LacksProcesses, "too many processes: "+why
	case unix.ENOMEM:
		of, why = procs.LacksMemory, "not enough memory: "+why
	default:
		return nil
	}
	return &StartError{Code: 1, Why: why, Kind: why, Lacks: of}
}

// notBegun returns the error of executing muster's own guard, as a *[StartError] if
// something was lacking.
func notBegun(err error) error {
	if number, ok := errors.AsType[unix.Errno](err); ok {
		if start := lacking(number); start != nil {
			return start
		}
	}
	return err
}

// notItsFault is about what is no part of the command: the working directory.
func notItsFault(why string) *StartError { return &StartError{Code: 126, Why: why, Kind: why} }

// diagnose says in words why a program could not be executed. The number
// alone does not tell: ENOENT can mean the directory, the program, or the
// interpreter that the program names, see execve(2).
func diagnose(c Command, path string, number unix.Errno) *StartError {
	if err := checkDir(c.Dir); err != nil {
		return err
	}
	name, file := printable(c.Argv[0]), inDir(c.Dir, path)
	refuse := func(why string) *StartError { return notExecutable(name, why) }
	switch number {
	case unix.ENOENT, unix.ENOTDIR, unix.ENAMETOOLONG, unix.ELOOP:
		if _, err := os.Stat(file); err != nil {
			return notFound(name)
		}
		if err := interpreterError(name, file); err != nil {
			return err
		}
	case unix.EACCES:
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			return refuse("is a directory")
		}
		if executableFile(file) == 0 {
			if err := interpreterError(name, file); err != nil {
				return err
			}
		}
		return refuse("permission denied")
	case unix.ENOEXEC:
		return refuse(formatError(file))
	case unix.E2BIG:
		err := refuse("its arguments and environment are too long")
		err.Why = strings.TrimSuffix(err.Why, ")") + fmt.Sprintf(": %d bytes)", size(c.Argv)+size(c.Env))
		return err
	case unix.ETXTBSY:
		return refuse("the file is being written to")
	}
	if err := lacking(number); err != nil {
		return err
	}
	return refuse(number.Error())
}

// checkDir says what is wrong with a working directory.
func checkDir(dir string) *StartError {
	if dir == "" {
		return nil
	}
	name := printable(dir)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return notItsFault("no such directory: " + name)
	case errors.Is(err, unix.ENOTDIR), err == nil && !info.IsDir():
		return notItsFault("not a directory: " + name)
	case err == nil:
		err = unix.Faccessat(unix.AT_FDCWD, dir, unix.X_OK, unix.AT_EACCESS)
	}
	if err != nil {
		return notItsFault("cannot enter directory: " + name + " (" + cause(err) + ")")
	}
	return nil
}

// interpreterError says what is wrong with the program that a program needs:
// the one of its #! line, or its dynamic loader. nil: nothing is.
func interpreterError(name, file string) *StartError {
	interpreter, note := scriptInterpreter(file), ""
	if interpreter == "" {
		interpreter = elfInterpreter(file)
	}
	if interpreter == "" {
		return nil
	}
	if strings.HasSuffix(interpreter, "\r") {
		note = " (its lines end as on Windows)"
	}
	why := "is not there"
	if info, err := os.Stat(interpreter); err == nil {
		why = "is not executable"
		if info.IsDir() {
			why = "is a directory"
		} else if executableFile(interpreter) == 0 {
			return nil
		}
	}
	return &StartError{
		Code: 126, Kind: "not executable (its interpreter " + why + note + ")",
		Why: fmt.Sprintf("%s: its interpreter %s %s%s", name, printable(interpreter), why, note),
	}
}

// scriptInterpreter returns the program of a #! line, "" if there is none.
func scriptInterpreter(file string) string {
	words := strings.FieldsFunc(strings.TrimPrefix(firstLine(file), "#!"), func(r rune) bool { return r == ' ' || r == '\t' })
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// firstLine returns the #! line of a script, "" if it has none. The kernel
// looks at 256 bytes (BINPRM_BUF_SIZE).
func firstLine(file string) string {
	head := readHead(file, 256)
	if !strings.HasPrefix(head, "#!") {
		return ""
	}
	line, _, _ := strings.Cut(head, "\n")
	return line
}

// readHead returns the beginning of a regular file.
func readHead(file string, limit int64) string {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() { // opening a fifo would wait
		return ""
	}
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // it is only read
	head, err := io.ReadAll(bufio.NewReader(io.LimitReader(f, limit)))
	if err != nil {
		return ""
	}
	return string(head)
}

// elfInterpreter returns the dynamic loader of an ELF program, "" if there is none.
func elfInterpreter(file string) string {
	f, err := elf.Open(file)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // it is only read
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP && p.Filesz <= unix.PathMax {
			name, err := io.ReadAll(p.Open())
			if err != nil {
				return ""
			}
			return strings.TrimRight(string(name), "\x00")
		}
	}
	return ""
}

// formatError says why a file that may be executed is not a program.
func formatError(file string) string {
	switch head := readHead(file, 256); {
	case head == "":
		return "exec format error: the file is empty"
	case strings.HasPrefix(head, "\x7fELF"):
		return "exec format error: built for another machine"
	case strings.ContainsRune(head, 0):
		return "exec format error"
	default:
		return "exec format error: a script needs a #! line"
	}
}

func size(list []string) (n int) {
	for _, s := range list {
		n += len(s) + 1
	}
	return n
}

// cause is the system's word for an error, without the path.
func cause(err error) string {
	if number := unix.Errno(0); errors.As(err, &number) {
		return number.Error()
	}
	return err.Error()
}
