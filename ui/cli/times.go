package cli

import (
	"strings"
	"time"

	"github.com/spf13/pflag"

	"example.com/muster/procs/task/plan"
)

// aTime is a flag that is a time: with a unit, or a bare number of seconds, as sleep(1)
// has it. Whether it may be below 0 is for whoever reads it to say.
type aTime time.Duration

// addTime adds such a flag; without a value of its own it is usual.
func addTime(fs *pflag.FlagSet, d *time.Duration, name, short string, usual time.Duration, usage string) {
	*d = usual
	fs.VarP((*aTime)(d), name, short, usage)
	if usual == 0 {
		fs.Lookup(name).DefValue = "0" // which the help leaves out
	}
}

// timesLong tells of such flags in the help of a command.
const timesLong = "A flag that is a time takes 500ms, 10s or 1m30s; a bare number is seconds.\n"

func (s *aTime) Set(text string) error {
	size, below := strings.CutPrefix(text, "-")
	d, err := plan.ParseSeconds(size)
	if err != nil {
		return err
	}
	if below {
		d = -d
	}
	*s = aTime(d)
	return nil
}

func (s *aTime) String() string { return time.Duration(*s).String() }

// Type is pflag's word, which stands in the help.
func (s *aTime) Type() string { return "duration" }
