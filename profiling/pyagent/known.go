package pyagent

import (
	"cmp"
	"slices"

	"example.com/muster/internal/bounded"
	"example.com/muster/procs"
)

// Bounds of what [Known] keeps; the oldest goes first.
const (
	maxImages   = 1 << 14
	maxLocks    = 1 << 14
	maxObjects  = 1 << 10
	maxPipes    = 1 << 14
	maxDebugged = 64
	// maxForkPlaces is of those that wait to be taken; later ones are dropped.
	maxForkPlaces = 1 << 10
)

// maxForks bounds how many forks back a lock is looked for.
const maxForks = 64

// Known answers questions about what the agents have reported. The zero value
// knows nothing. It belongs to one goroutine.
type Known struct {
	seq      uint64
	images   bounded.Map[int, *image] // by pid, the newest
	locks    bounded.Map[lockKey, []entry]
	names    bounded.Map[string, Lock]
	pipes    bounded.Map[uint64, Pipe]
	told     told
	forks    []Forks
	debugged bounded.Map[int, procs.PIDRef]
	givenUp  bounded.Map[GivesUp, struct{}]
}

// image is a process from its exec or fork on.
type image struct {
	process Process
	begun   uint64   // the number of the report that told of it
	parent  *image   // of one that was forked: what it had then, this has too
	objects []uint64 // where its locks are or were, the newest [maxObjects]
	// unsaid: only its owner has told of it, and it has said nothing itself.
	unsaid bool
}

// lockKey is where a lock is.
type lockKey struct {
	image  *image
	object uint64
}

// entry is one lock of those that were at the same address one after another.
type entry struct {
	seq  uint64
	lock Lock
}

// Add adds reports, in the order in which they were read.
func (k *Known) Add(reports ...Report) {
	for _, r := range reports {
		k.seq++
		switch r := r.(type) {
		case Process:
			k.addProcess(r)
		case Lock:
			k.addLock(r)
		case Pipe:
			for _, inode := range r.Inodes {
				k.pipes.Put(inode, r, maxPipes)
			}
		case Forks:
			if len(k.forks) < maxForkPlaces {
				k.forks = append(k.forks, r)
			}
		case Ends:
			k.addEnd(r)
		case GivesUp:
			k.givenUp.Put(r, struct{}{}, maxPipes)
		case Returns:
			if im, ok := k.images.Get(r.PID); ok {
				im.process.Returned = true
			}
		case Debugged:
			ref := procs.PIDRef{}
			if r.On {
				ref = r.PIDRef
			}
			k.debugged.Put(r.PID, ref, maxDebugged)
		case Exception:
			k.told.add(r)
		case Again:
			k.told.alike.Put(r.First, r.Count, maxTold)
		case Fetched:
			k.told.addFetched(r)
		case More:
		}
	}
}

// addProcess begins an image, or names one that has begun.
func (k *Known) addProcess(p Process) {
	old, ok := k.images.Get(p.PID)
	same := ok && old.process.PIDRef == p.PIDRef
	if same && old.unsaid {
		p.Name, p.Owner, p.Ended = cmp.Or(p.Name, old.process.Name), old.process.Owner, old.process.Ended
	} else if same && p.Name != "" {
		p.PPID, p.Forked, p.Among, p.ForkedAt = old.process.PPID, old.process.Forked, old.process.Among, old.process.ForkedAt
		p.Ended, p.Returned = old.process.Ended, old.process.Returned
		old.process = p
		return
	}
	im := &image{process: p, begun: k.seq}
	if p.Forked {
		im.parent, _ = k.images.Get(p.PPID)
	}
	k.images.Put(p.PID, im, maxImages)
}

// addEnd notes that the owner of a process has ended it: by the last signal, if it needed several.
// Of one that was ended before it could say who it is, the owner's word stands for its own.
func (k *Known) addEnd(e Ends) {
	im, ok := k.images.Get(e.Child.PID)
	switch {
	case ok && im.process.Owner == e.PID && (e.Child.StartTime == 0 || im.process.StartTime == 0 || im.process.PIDRef == e.Child):
		im.process.Ended = e.Signal
	case e.Child.StartTime == 0:
	case !ok || im.process.StartTime < e.Child.StartTime:
		k.images.Put(e.Child.PID, &image{
			process: Process{PIDRef: e.Child, PPID: e.PID, Name: e.Name, Owner: e.PID, Ended: e.Signal}, begun: k.seq, unsaid: true,
		}, maxImages)
	case im.process.PIDRef == e.Child && im.process.Owner == 0 && im.process.PPID == e.PID:
		im.process.Name, im.process.Owner, im.process.Ended = e.Name, e.PID, e.Signal
	}
}

func (k *Known) addLock(l Lock) {
	im, ok := k.images.Get(l.PID)
	if !ok {
		im = &image{process: Process{PIDRef: procs.PIDRef{PID: l.PID}}, begun: k.seq}
		k.images.Put(l.PID, im, maxImages)
	}
	key := lockKey{im, l.Object}
	before, again := k.locks.Get(key)
	if !again {
		im.objects = append(im.objects[max(0, len(im.objects)+1-maxObjects):], l.Object)
	}
	before = before[max(0, len(before)-1):] // a child may have been forked in between
	k.locks.Put(key, append(slices.Clone(before), entry{k.seq, l}), maxLocks)
	if l.Name != "" && !l.Rebuilt {
		k.names.Put(l.Name, l, maxLocks)
	}
}

// image returns the process that ref means, as far as it is known.
func (k *Known) image(ref procs.PIDRef) (*image, bool) {
	im, ok := k.images.Get(ref.PID)
	if !ok {
		return nil, false
	}
	start := im.process.StartTime
	return im, start == 0 || ref.StartTime == 0 || start == ref.StartTime
}

// Process returns what is known of a process. Its name is "" if it has none
// that multiprocessing gave it.
func (k *Known) Process(ref procs.PIDRef) (Process, bool) {
	im, ok := k.image(ref)
	if !ok {
		return Process{}, false
	}
	return im.process, true
}

// GivenUp reports whether the owner of a worker has ended the Pool that it is of.
func (k *Known) GivenUp(p Process) bool {
	_, ended := k.givenUp.Get(GivesUp{p.Owner, p.Queue})
	return ended
}

// Debugged returns the processes in which a person's pdb talks, or did when they ended.
func (k *Known) Debugged() (refs []procs.PIDRef) {
	for _, ref := range k.debugged.All() {
		if ref.PID != 0 {
			refs = append(refs, ref)
		}
	}
	return refs
}

// TakeForks returns the places where processes were reported to fork among
// threads since it was called last.
func (k *Known) TakeForks() []Forks {
	taken := k.forks
	k.forks = nil
	return taken
}

// Lock returns the lock whose SemLock object is at an address of a process. A
// forked process has those that its parent had when it was forked. A lock that
// was rebuilt after its original was made elsewhere has the site, kind and role
// of that.
//
// A child that a program forked without multiprocessing reports nothing until
// it makes something. Who knows of it all the same can Add a [Process] for it.
func (k *Known) Lock(ref procs.PIDRef, object uint64) (Lock, bool) {
	im, ok := k.image(ref)
	if !ok {
		return Lock{}, false
	}
	before := k.seq + 1
	for range maxForks {
		if l, ok := k.at(im, object, before); ok {
			return k.original(l), true
		}
		if im.parent == nil {
			break
		}
		im, before = im.parent, im.begun
	}
	return Lock{}, false
}

// Objects returns the addresses at which a process may have SemLocks: of those that it has
// reported, and that its ancestors have before it was forked or since, at most [maxObjects].
func (k *Known) Objects(ref procs.PIDRef) (objects []uint64) {
	im, ok := k.image(ref)
	for n := 0; ok && im != nil && n < maxForks; n++ {
		objects = append(objects, im.objects...)
		im = im.parent
	}
	return objects[:min(len(objects), maxObjects)]
}

// at returns the last lock that was reported to be at an address before a
// moment.
func (k *Known) at(im *image, object, before uint64) (Lock, bool) {
	entries, _ := k.locks.Get(lockKey{im, object})
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].seq < before {
			return entries[i].lock, true
		}
	}
	return Lock{}, false
}

// original gives a rebuilt lock what its original is known for.
func (k *Known) original(l Lock) Lock {
	if first, ok := k.names.Get(l.Name); l.Rebuilt && ok {
		l.Kind, l.Role, l.Site = first.Kind, first.Role, first.Site
	}
	return l
}

// Pipe returns the pipe or pair of sockets that an inode belongs to.
func (k *Known) Pipe(inode uint64) (Pipe, bool) { return k.pipes.Get(inode) }
