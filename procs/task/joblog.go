package task

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"example.com/muster/procs/task/plan"
)

// JobLog is a sink that writes the log of GNU parallel: a line for each item,
// columns apart by tabs.
type JobLog struct {
	f       *os.File
	w       *bufio.Writer
	name    string
	begin   int64 // bytes of it that an earlier run has written
	command func(t *Task) string
	broken  bool // an error has been told
}

const jobLogHeader = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"

// jobLogBegin is how many bytes of the header tell a job log, also one of another program.
const jobLogBegin = len("Seq\tHost\t")

// jobLogColumns is how many there are, Exitval and Signal among them.
const (
	jobLogColumns = 9
	columnExit    = 6
	columnSignal  = 7
)

// OpenJobLog opens a log. command is what its last column says of an item. done is
// what need not be done again; its keys are those of [CommandKey].
func OpenJobLog(name string, resume Resume, command func(t *Task) string) (*JobLog, *plan.Set, error) {
	if resume == Afresh {
		if err := overwritable(name, jobLogHeader[:jobLogBegin]); err != nil {
			return nil, nil, fmt.Errorf("cannot write the job log to %s: %w", name, err)
		}
	}
	f, err := openOwn(name)
	if errors.Is(err, errBusy) {
		return nil, nil, fmt.Errorf("cannot write the job log to %s: %w", name, err)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("cannot write the job log: %w", err)
	}
	l := &JobLog{f: f, w: bufio.NewWriter(f), name: name, command: command}
	if resume == Afresh {
		_ = f.Truncate(0)                    // fails of a device, which holds nothing
		_, _ = l.w.WriteString(jobLogHeader) // the error stays, and Flush tells it
		return l, nil, nil
	}
	done := &plan.Set{}
	whole, err := loadJobLog(f, func(ok bool, command string) {
		if ok || resume == ResumeAll {
			done.Add(CommandKey(command))
		}
	})
	if err == nil {
		err = f.Truncate(whole) // half a line goes
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, nil, fmt.Errorf("cannot resume %s: %w", name, err)
	}
	l.begin = whole
	if whole == 0 {
		_, _ = l.w.WriteString(jobLogHeader)
	}
	return l, done, nil
}

// loadJobLog calls f for each line. Of lines of the same command the last counts,
// but equal items have as many.
func loadJobLog(from io.Reader, f func(ok bool, command string)) (whole int64, err error) {
	r := bufio.NewReaderSize(from, 1<<20)
	for n := 1; ; n++ {
		line, err := readLine(r)
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		if err != nil {
			return whole, err
		}
		columns := bytes.SplitN(line, []byte{'\t'}, jobLogColumns)
		if len(columns) != jobLogColumns {
			return whole, fmt.Errorf("line %d is none of a job log", n)
		}
		whole += int64(len(line)) + 1
		if n == 1 && string(columns[0]) == "Seq" {
			continue
		}
		f(string(columns[columnExit]) == "0" && string(columns[columnSignal]) == "0", string(columns[jobLogColumns-1]))
	}
}

// CommandKey is the key of what the last column of a job log says.
func CommandKey(command string) (key plan.Key) {
	seed := newKeyer([]string{command}).seed
	copy(key[:], seed[:])
	return key
}

// oneLine makes a line of a command: what would end it is spelt out.
var oneLine = strings.NewReplacer("\n", `\n`, "\r", `\r`)

// OneLine is a command as the job log has it.
func OneLine(command string) string { return oneLine.Replace(command) }

// Tell implements [Sink].
func (l *JobLog) Tell(tasks []*Task) error {
	var b []byte
	for _, t := range tasks {
		if t.Verdict == plan.Skipped {
			continue
		}
		exit, signal := 0, 0
		switch x := t.Item.Out.Exit; {
		case t.Verdict == plan.TimedOut:
			exit = -1
		case x != nil:
			exit, signal = x.Code, int(x.Signal)
		case t.Verdict != plan.OK:
			exit = 1
		}
		b = strconv.AppendUint(b[:0], t.Item.Seq, 10)
		b = append(b, "\t:\t"...)
		b = strconv.AppendFloat(b, float64(t.Began.UnixMilli())/1000, 'f', 3, 64)
		b = fmt.Appendf(b, "\t%10.3f\t0\t%d\t%d\t%d\t", t.Took.Seconds(), received(t), exit, signal)
		b = append(append(b, OneLine(l.command(t))...), '\n')
		if _, err := l.w.Write(b); err != nil {
			return l.failed(err)
		}
	}
	return nil
}

func received(t *Task) int64 {
	out := &t.Item.Out
	return out.Stdout.Size + int64(len(out.Value))
}

func (l *JobLog) failed(err error) error {
	l.broken = true
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("cannot write the job log %s: %w", l.name, err)
}

// Flush implements [Sink].
func (l *JobLog) Flush() error {
	if err := l.w.Flush(); err != nil {
		return l.failed(err)
	}
	return nil
}

// Close implements [Sink].
func (l *JobLog) Close() error {
	var err error
	if !l.broken {
		err = l.Flush()
	}
	return errors.Join(err, l.f.Close())
}
