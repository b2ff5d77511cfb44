package spawn

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"
)

// kind tells the messages apart.
type kind byte

const (
	helloKind     kind = iota + 1 // muster -> guard, once, first
	startKind                     // muster -> guard; answered by started or refused
	signalKind                    // muster -> guard; answered by signalled
	screenKind                    // muster -> guard
	withdrawKind                  // muster -> guard
	byeKind                       // muster -> guard, once, last
	startedKind                   // guard -> muster
	refusedKind                   // guard -> muster
	exitedKind                    // guard -> muster, after started
	signalledKind                 // guard -> muster
)

// message is what a frame holds.
type message interface {
	kind() kind
	appendTo([]byte) []byte
}

// hello tells the guard what to do when muster vanishes. With TTY it carries
// two descriptors: the terminal, and the file that a panic is written to.
type hello struct {
	Grace       time.Duration
	KeepDaemons bool
	TTY         bool
	Termios     string // of the terminal before muster changed it; "" if there is none
}

func (hello) kind() kind { return helloKind }

func (m hello) appendTo(b []byte) []byte {
	b = appendUint(b, uint64(m.Grace))
	b = appendBool(b, m.KeepDaemons)
	b = appendBool(b, m.TTY)
	return appendString(b, m.Termios)
}

func readHello(body string) (m hello, err error) {
	d := decoder{rest: body}
	m = hello{Grace: time.Duration(d.uint()), KeepDaemons: d.bool(), TTY: d.bool(), Termios: d.string()}
	return m, d.err
}

// start asks for a program. It carries the program's descriptors 0, 1 and 2, and
// maybe more.
type start struct {
	ID    uint64 // of the request, and of the process from then on
	Path  string // what to execute; relative to Dir
	Argv  []string
	Env   []string
	Dir   string
	CTTY  int  // which of the descriptors becomes its controlling terminal; noTTY
	Brief bool // its start time is not wanted
	Turn  uint64
}

// noTTY says that no descriptor becomes the controlling terminal.
const noTTY = 3

func (start) kind() kind { return startKind }

func (m start) appendTo(b []byte) []byte {
	b = appendUint(b, m.ID)
	b = appendString(b, m.Path)
	b = appendStrings(b, m.Argv)
	b = appendStrings(b, m.Env)
	b = appendString(b, m.Dir)
	b = appendUint(b, uint64(m.CTTY))
	b = appendBool(b, m.Brief)
	return appendUint(b, m.Turn)
}

func readStart(body string) (m start, err error) {
	d := decoder{rest: body}
	m = start{ID: d.uint(), Path: d.string(), Argv: d.strings(), Env: d.strings(), Dir: d.string(), CTTY: int(d.uint()), Brief: d.bool(), Turn: d.uint()}
	return m, d.err
}

// signalRequest asks for a signal to a process, or to its group.
type signalRequest struct {
	ID      uint64 // of this request
	Process uint64
	Signal  int
	Group   bool
}

func (signalRequest) kind() kind { return signalKind }

func (m signalRequest) appendTo(b []byte) []byte {
	b = appendUint(b, m.ID)
	b = appendUint(b, m.Process)
	b = appendUint(b, uint64(m.Signal))
	return appendBool(b, m.Group)
}

func readSignal(body string) (m signalRequest, err error) {
	d := decoder{rest: body}
	m = signalRequest{ID: d.uint(), Process: d.uint(), Signal: int(d.uint()), Group: d.bool()}
	return m, d.err
}

// drawing says whether muster has the terminal's screen now.
type drawing struct{ On bool }

func (drawing) kind() kind { return screenKind }

func (m drawing) appendTo(b []byte) []byte { return appendBool(b, m.On) }

func readDrawing(body string) (m drawing, err error) {
	d := decoder{rest: body}
	m = drawing{On: d.bool()}
	return m, d.err
}

// withdraw takes back the starts that wait for their turn; they are refused.
type withdraw struct{ Turn uint64 }

func (withdraw) kind() kind { return withdrawKind }

func (m withdraw) appendTo(b []byte) []byte { return appendUint(b, m.Turn) }

func readWithdraw(body string) (m withdraw, err error) {
	d := decoder{rest: body}
	m = withdraw{Turn: d.uint()}
	return m, d.err
}

// bye asks the guard to end everything and then itself.
type bye struct{ Grace time.Duration }

func (bye) kind() kind { return byeKind }

func (m bye) appendTo(b []byte) []byte { return appendUint(b, uint64(m.Grace)) }

func readBye(body string) (m bye, err error) {
	d := decoder{rest: body}
	m = bye{Grace: time.Duration(d.uint())}
	return m, d.err
}

// started says that the program has been exec'd.
type started struct {
	ID        uint64
	PID       int
	StartTime uint64
}

func (started) kind() kind { return startedKind }

func (m started) appendTo(b []byte) []byte {
	b = appendUint(b, m.ID)
	b = appendUint(b, uint64(m.PID))
	return appendUint(b, m.StartTime)
}

func readStarted(body string) (m started, err error) {
	d := decoder{rest: body}
	m = started{ID: d.uint(), PID: int(d.uint()), StartTime: d.uint()}
	return m, d.err
}

// answer is the end of a request: 0, or why it failed.
type answer struct {
	ID    uint64
	Errno unix.Errno
}

// refused says that a program could not be executed, signalled how a signal went.
type (
	refused   answer
	signalled answer
)

func (refused) kind() kind   { return refusedKind }
func (signalled) kind() kind { return signalledKind }

func (m refused) appendTo(b []byte) []byte   { return answer(m).appendTo(b) }
func (m signalled) appendTo(b []byte) []byte { return answer(m).appendTo(b) }

func (m answer) appendTo(b []byte) []byte { return appendUint(appendUint(b, m.ID), uint64(m.Errno)) }

func readAnswer(body string) (m answer, err error) {
	d := decoder{rest: body}
	m = answer{ID: d.uint(), Errno: unix.Errno(d.uint())}
	return m, d.err
}

// exited says how a process ended.
type exited struct {
	ID uint64
	ending
}

func (exited) kind() kind { return exitedKind }

func (m exited) appendTo(b []byte) []byte {
	b = appendUint(b, m.ID)
	b = appendUint(b, uint64(m.Status))
	b = appendUint(b, uint64(m.User))
	b = appendUint(b, uint64(m.System))
	b = appendUint(b, uint64(m.PeakRSSBytes))
	return appendBool(b, m.Unknown)
}

func readExited(body string) (m exited, err error) {
	d := decoder{rest: body}
	m.ID = d.uint()
	m.Status = unix.WaitStatus(d.uint())
	m.User, m.System = time.Duration(d.uint()), time.Duration(d.uint())
	m.PeakRSSBytes = int64(d.uint())
	m.Unknown = d.bool()
	return m, d.err
}

func appendUint(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendString(b []byte, s string) []byte { return append(appendUint(b, uint64(len(s))), s...) }

func appendStrings(b []byte, list []string) []byte {
	b = appendUint(b, uint64(len(list)))
	for _, s := range list {
		b = appendString(b, s)
	}
	return b
}

// decoder reads what the append functions wrote. Its strings are parts of the
// body. After an error everything reads as zero.
type decoder struct {
	rest string
	err  error
}

func (d *decoder) uint() uint64 {
	var n uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		c := d.rest[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.rest = d.rest[i+1:]
			return n
		}
	}
	d.rest, d.err = "", errWire
	return 0
}

func (d *decoder) bool() bool { return d.uint() != 0 }

func (d *decoder) string() string {
	n := d.uint()
	if n > uint64(len(d.rest)) {
		d.rest, d.err = "", errWire
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) strings() []string {
	n := d.uint()
	if n > uint64(len(d.rest)) { // each takes a byte at least
		d.rest, d.err = "", errWire
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.string()
	}
	return list
}
