package procs

// State is where a slot stands in its life. The zero value is not a state.
//
//	            start                 exec'd
//	stopped ----------> starting ---------------> running
//	   ^                   |  cannot be started      |  ended
//	   |                   v                         v
//	   |                 failed <--- crash loop -- backing_off / exited
//	   +--- stopping <-------- stop, restart, scale down
type State string

// The states, as JSON spells them.
const (
	// Starting: fork and exec are under way, or what the pool depends on is
	// waited for: then Reason says what. From stopped, exited, failed or
	// backing_off; to running, or to failed when the command cannot be started.
	Starting State = "starting"
	// Running: the program has been exec'd and its process lives.
	Running State = "running"
	// Stopping: somebody asked for the end; the stop ladder is being climbed.
	Stopping State = "stopping"
	// BackingOff: the run ended, its restart waits for the backoff.
	BackingOff State = "backing_off"
	// Stopped: ended because it was asked to, or not started yet.
	Stopped State = "stopped"
	// Failed: cannot be started, or restarted too often in a row.
	Failed State = "failed"
	// Exited: the run ended by itself, with any code, and stays ended.
	Exited State = "exited"
)

// Live reports whether a process of the slot may exist in this state.
func (s State) Live() bool { return s == Starting || s == Running || s == Stopping }

// Settled reports whether nothing more happens in this state unless asked.
func (s State) Settled() bool { return s == Stopped || s == Failed || s == Exited }
