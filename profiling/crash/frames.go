package crash

import "fmt"

// The frames of one exception are bounded: of more than maxFrames the
// outermost keptOuter and the innermost stay.
const maxFrames, keptOuter = 512, 64

// maxPeriod is how many functions may call each other in a circle for their
// recursion to be folded.
const maxPeriod = 8

// frameList collects frames in either order and keeps them few: what calls
// itself, alone or in a circle, is folded while it is read.
type frameList struct {
	frames  []Frame
	omitted int
}

// add appends a frame. The list is bounded by leaving out from its middle.
func (l *frameList) add(f Frame) {
	l.frames = append(l.frames, f)
	l.fold()
	if len(l.frames) > maxFrames {
		const drop = maxFrames / 4
		for _, f := range l.frames[keptOuter : keptOuter+drop] {
			l.omitted += 1 + f.Repeated
		}
		l.frames = append(l.frames[:keptOuter], l.frames[keptOuter+drop:]...)
	}
}

// fold takes away the last frames if they are those before them once more.
func (l *frameList) fold() {
	n := len(l.frames)
	for p := 1; p <= maxPeriod && 2*p <= n; p++ {
		a, b := l.frames[n-2*p:n-p], l.frames[n-p:]
		if !sameCalls(a, b) {
			continue
		}
		for i := range a {
			a[i].Repeated += 1 + b[i].Repeated
		}
		l.frames = l.frames[:n-p]
		return
	}
}

func sameCalls(a, b []Frame) bool {
	for i := range a {
		if a[i].Line != b[i].Line || a[i].Function != b[i].Function || a[i].File != b[i].File {
			return false
		}
	}
	return true
}

// last is the frame that was added last, nil if there is none.
func (l *frameList) last() *Frame {
	if len(l.frames) == 0 {
		return nil
	}
	return &l.frames[len(l.frames)-1]
}

// reversed returns the frames the other way round.
func (l *frameList) reversed() []Frame {
	for i, j := 0, len(l.frames)-1; i < j; i, j = i+1, j-1 {
		l.frames[i], l.frames[j] = l.frames[j], l.frames[i]
	}
	return l.frames
}

// Fold is a frame to show, or a run of library frames that stand as one line.
type Fold struct {
	Frame   *Frame // nil for a run
	Library int    // how many frames the run has, those that repeat included
}

// String is the line that stands for a run; "" for a frame.
func (f Fold) String() string {
	if f.Frame != nil {
		return ""
	}
	return fmt.Sprintf("… %d library frames", f.Library)
}

// Folded folds each run of two or more library frames. A stack that has no
// others stays as it is: its frames are all that there is to see.
func Folded(frames []Frame) []Fold {
	var out []Fold
	own := false
	for i := range frames {
		own = own || !frames[i].Library
	}
	for i := 0; i < len(frames); {
		j, n := i, 0
		for ; own && j < len(frames) && frames[j].Library; j++ {
			n += 1 + frames[j].Repeated
		}
		if j-i >= 2 {
			out = append(out, Fold{Library: n})
			i = j
			continue
		}
		out = append(out, Fold{Frame: &frames[i]})
		i++
	}
	return out
}
