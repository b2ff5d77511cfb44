package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"example.com/muster/procs"
)

// What a command must be before anything is looked up. A field that would be
// passed over in silence is an error: whoever wrote it meant something by it.

// errEmpty says that nothing was sent.
var errEmpty = errors.New("it is empty")

// readDo reads the command of a question; the status goes with the error.
func readDo(w http.ResponseWriter, r *http.Request) (d DoJSON, status int, err error) {
	status, err = readJSON(w, r, &d)
	return d, status, err
}

// readJSON reads the one JSON object of a question; the status goes with the error.
func readJSON(w http.ResponseWriter, r *http.Request, v any) (status int, err error) {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	err = dec.Decode(v)
	if err == nil && dec.More() {
		err = errors.New("more than one JSON value")
	}
	var tooLarge *http.MaxBytesError
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return http.StatusOK, nil
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, fmt.Errorf("it is larger than %d bytes", tooLarge.Limit)
	case errors.Is(err, io.EOF):
		err = errEmpty
	case errors.As(err, &wrongType) && wrongType.Field == "":
		err = fmt.Errorf("it is no object but JSON's %s", wrongType.Value)
	case errors.As(err, &wrongType):
		err = fmt.Errorf("%q cannot be JSON's %s", wrongType.Field, wrongType.Value)
	case strings.HasPrefix(err.Error(), "json: "):
		err = errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return http.StatusBadRequest, err
}

// check refuses what could be taken for something else.
func (d DoJSON) check() error {
	for _, list := range []struct {
		name  string
		names []string
	}{{"patterns", d.Patterns}, {"processes", d.Processes}, {"pools", d.Pools}} {
		if list.names != nil && len(list.names) == 0 {
			return fmt.Errorf("cannot %s: %q is an empty list, which names nothing; without it, all are meant", d.Command, list.name)
		}
	}
	if d.Items != nil && len(d.Items) == 0 {
		return fmt.Errorf("cannot %s: \"items\" is an empty list, which names nothing; without it, all are meant", d.Command)
	}
	if err := d.checkNames(); err != nil {
		return err
	}
	if d.PID != 0 && len(d.Patterns)+len(d.Processes) > 0 {
		return fmt.Errorf("cannot %s: it is either \"pid\" or names", d.Command)
	}
	if d.PID != 0 && d.Command != "signal" {
		return fmt.Errorf("cannot %s a pid: only signal takes one", d.Command)
	}
	return nil
}

// checkNames refuses names of which a command takes no notice: {"command":"stop","pool":"a"}
// would stop all.
func (d DoJSON) checkNames() error {
	slots := commands[d.Command] != nil || d.Command == "signal" || d.Command == "type"
	for _, f := range []struct {
		name         string
		given, taken bool
	}{
		{"patterns", len(d.Patterns) > 0, slots || d.Command == "roll"},
		{"processes", len(d.Processes) > 0, slots},
		{"pool", d.Pool != "", d.Command == "scale"},
		{"pools", len(d.Pools) > 0, d.Command == "roll"},
		{"items", d.Items != nil, d.Command == "retry_items"},
	} {
		if f.given && !f.taken {
			return fmt.Errorf("cannot %s: it takes no %q", d.Command, f.name)
		}
	}
	return nil
}

// process returns the process of the session that has the command's pid, and
// no other, be it of the same user: numbers are used again.
func (d DoJSON) process(pools []procs.Pool) (procs.PIDRef, error) {
	is := func(ref procs.PIDRef) bool {
		return ref.PID == d.PID && (d.StartTime == 0 || ref.StartTime == d.StartTime)
	}
	err := error(noSuch{fmt.Errorf("cannot signal pid %d: it is no process of this session", d.PID)})
	for _, p := range pools {
		for i := range p.Slots {
			s := &p.Slots[i]
			if is(s.PIDRef) && s.State.Live() {
				return s.PIDRef, nil
			}
			for j := range s.Descendants {
				c := &s.Descendants[j]
				switch {
				case !is(c.PIDRef):
				case c.Exit == nil:
					return c.PIDRef, nil
				default: // the number may have been given to another one since
					err = noSuch{goneFrom(pools, c.PIDRef)}
				}
			}
		}
	}
	return procs.PIDRef{}, err
}
