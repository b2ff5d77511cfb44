package cpython

// Call is a frame of a thread that may be running.
type Call struct {
	Frame
	// Qualified is the function's name with its class and the functions around it
	// (co_qualname, from 3.11 on); before, it is Function.
	Qualified string
	First     int // the line on which the function begins, as the code object says
}

// Glance is what a thread was seen at.
type Glance struct {
	Calls []Call // innermost first
	// Whole says that the calls are a chain to its end. Of a thread that runs
	// they may be of two moments, some microseconds apart.
	Whole bool
	// At is the instruction of the innermost frame: a code object and a place in
	// it, as far as it is loaded there.
	At [2]uint64

	base      uint64   // where the outermost frame is
	innermost rawFrame // if there is any
	same      bool     // all frames were the same at a second look
}

// Unmoved reports whether all frames were the same at a second look, as those of
// a thread that does not run are.
func (g *Glance) Unmoved() bool { return g.same && len(g.Calls) > 0 }

// standing is how often more it is looked whether a frame stands. A loop of few
// instructions may be at the same one by chance.
const standing = 3

// Stands reports whether the innermost frame of a glance has been at the same
// instruction since, at each of several looks. CPython notes there each
// instruction that it begins (f_lasti, prev_instr, instr_ptr in Python/ceval.c): a
// thread that uses the processor and stands is in a function of C, or in a long
// instruction, if it can be (see [Interpreter.Plain]).
func (in *Interpreter) Stands(g *Glance) bool {
	for range standing {
		if !g.Unmoved() || !in.stands(g.innermost) {
			return false
		}
	}
	return true
}

// Glance looks at one thread for a profile. Unlike [Interpreter.Stack] it takes
// what it sees of one that runs: to ask for a moment at which nothing changes
// would favour functions in which little does. A thread that is not Python's, or
// executes no Python, has no calls.
func (in *Interpreter) Glance(tid int) (Glance, error) {
	in.begin()
	t, led := in.follow(tid)
	if !led {
		found, err := in.threadOf(tid)
		if err != nil || found == nil {
			return Glance{}, err
		}
		t = *found
	}
	var g Glance
	for range glances {
		if !led {
			if err := in.lead(&t); err != nil {
				return Glance{}, in.wrap("a thread", err)
			}
			in.pages.forget()
		}
		led = false
		g = in.glance(&t)
		if was, known := in.trails[tid]; g.Whole && (!known || was.base == g.base) {
			break
		}
	}
	in.note(&t, g.base)
	return g, nil
}

// glances is how often a thread is looked at until its stack is whole. Up to 3.10
// a generator that has been left meanwhile looks like the outermost frame: it has
// no f_back (Objects/genobject.c, gen_send_ex). Hence one that ends elsewhere than
// that of the look before is looked at again.
const glances = 8

// threadOf finds the thread state of a thread; nil if it has none.
func (in *Interpreter) threadOf(tid int) (*thread, error) {
	if addr, ok := in.threads[tid]; ok {
		if t, err := in.readThread(addr); err == nil && t.tid == tid {
			return &t, nil
		}
		delete(in.threads, tid)
	}
	list, err := in.list()
	for i := range list {
		if list[i].tid != 0 {
			in.threads[list[i].tid] = list[i].addr
		}
	}
	for i := range list {
		if list[i].tid == tid {
			return &list[i], nil
		}
	}
	if err != nil {
		return nil, in.wrap("the threads", err)
	}
	return nil, nil //nolint:nilnil // that it has none is no error
}

// glance looks once.
func (in *Interpreter) glance(t *thread) Glance {
	if t.frame == 0 || in.left.steps <= 0 {
		return Glance{Whole: t.frame == 0}
	}
	raw, whole := in.chain(t.frame)
	codes, same := in.codes.look(in, t, raw)
	g := Glance{Calls: make([]Call, 0, len(raw)), Whole: whole, same: same}
	for i, r := range raw {
		if in.layout.frame.ofC(r) {
			continue
		}
		c := codes[i]
		if c == nil {
			g.Whole = false
			break
		}
		if c.shim {
			continue
		}
		g.Calls = append(g.Calls, Call{Frame{c.file, c.function, in.line(c, r)}, c.qualified, c.first})
	}
	if len(raw) > 0 {
		g.At = [2]uint64{raw[0].code, raw[0].instr}
		g.base, g.innermost = raw[len(raw)-1].addr, raw[0]
	}
	return g
}

// stands reports whether a frame is where it was.
func (in *Interpreter) stands(r rawFrame) bool {
	part := in.codes.buffer(in.layout.frame.size)
	return in.mem.ReadAt(part, r.addr) == nil && in.parse(r.addr, part) == r
}
