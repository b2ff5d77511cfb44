package task

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"example.com/muster/procs/task/plan"
)

// recorder writes results as JSON, one in a line: what --results FILE holds and
// what --json prints.
type recorder struct {
	// raw says that values are bytes, not JSON.
	raw bool
	// most is how much of what a command printed is put into a record, in bytes.
	most int64
	// stamp is the time of the last record as it was written: many have the same.
	stamp   []byte
	stampAt int64 // in milliseconds
}

// appendTime appends a time to the millisecond.
func (r *recorder) appendTime(b []byte, at time.Time) []byte {
	if ms := at.UnixMilli(); ms != r.stampAt || r.stamp == nil {
		r.stampAt, r.stamp = ms, at.AppendFormat(r.stamp[:0], "2006-01-02T15:04:05.000Z07:00")
	}
	return append(b, r.stamp...)
}

// append appends a task's record with its newline. It begins with the key and
// whether it went well, which is what [LoadResults] looks at.
func (r *recorder) append(b []byte, t *Task) []byte {
	it, out := t.Item, &t.Item.Out
	b = append(b, `{"key":"`...)
	b = hex.AppendEncode(b, it.Key[:])
	b = append(b, `","ok":`...)
	b = strconv.AppendBool(b, t.Verdict == plan.OK)
	b = append(b, `,"seq":`...)
	b = strconv.AppendUint(b, it.Seq, 10)
	if it.Args == nil {
		b = appendText(b, "item", it.Text)
	} else {
		b = append(b, `,"items":[`...)
		for i, arg := range it.Args {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSONString(b, arg, false)
		}
		b = append(b, ']')
	}
	if t.Verdict == plan.OK && out.Exit == nil {
		if r.raw {
			b = appendText(b, "result", string(out.Value))
		} else {
			b = append(b, `,"result":`...)
			b = append(b, out.Value...)
		}
	}
	if t.Verdict != plan.OK {
		f := FailureOf(t)
		b = appendText(b, "verdict", t.Verdict.String())
		b = append(b, `,"error":{"type":`...)
		b = appendJSONString(b, f.Kind, false)
		b = appendText(b, "message", f.Message)
		if f.Traceback != "" {
			b = appendText(b, "traceback", f.Traceback)
		}
		b = append(b, '}')
	}
	if x := out.Exit; x != nil {
		if x.Signal != 0 {
			b = append(b, `,"exit":{"code":null`...)
			b = appendText(b, "signal", x.Signal.String())
		} else {
			b = append(b, `,"exit":{"code":`...)
			b = strconv.AppendInt(b, int64(x.Code), 10)
			b = append(b, `,"signal":null`...)
		}
		b = append(b, '}')
		if out.Unseen {
			b = append(b, `,"stdout":null,"stderr":null`...)
		} else {
			b = r.printed(b, "stdout", &out.Stdout)
			b = r.printed(b, "stderr", &out.Stderr)
		}
	}
	b = append(b, `,"tries":`...)
	b = strconv.AppendInt(b, int64(t.Tries), 10)
	b = append(b, `,"worker":`...)
	b = strconv.AppendInt(b, int64(t.Worker), 10)
	b = append(b, `,"at":"`...)
	b = r.appendTime(b, t.Began)
	b = append(b, `","seconds":`...)
	b = strconv.AppendFloat(b, t.Took.Round(time.Microsecond).Seconds(), 'f', -1, 64)
	return append(b, "}\n"...)
}

// appendText appends a field; with the bytes in base64 beside it if they are no
// UTF-8.
func appendText(b []byte, name, text string) []byte {
	b = append(append(append(b, `,"`...), name...), `":`...)
	b = appendJSONString(b, text, false)
	if !utf8.ValidString(text) {
		b = append(append(append(b, `,"`...), name...), `_raw":"`...)
		b = base64.StdEncoding.AppendEncode(b, []byte(text))
		b = append(b, '"')
	}
	return b
}

// printed appends what a command printed, as far as there is room for it.
func (r *recorder) printed(b []byte, name string, out *Printed) []byte {
	text := string(out.Bytes)
	if out.File != nil {
		p := make([]byte, min(out.Size, r.most))
		n, err := io.ReadFull(io.NewSectionReader(out.File, 0, out.Size), p)
		text = string(p[:n])
		if err != nil {
			b = appendText(b, name+"_error", err.Error())
		}
	}
	b = appendText(b, name, text)
	if missing := out.Size - int64(len(text)); missing > 0 {
		b = append(append(append(b, `,"`...), name...), `_bytes_missing":`...)
		b = strconv.AppendInt(b, missing, 10)
	}
	return b
}
