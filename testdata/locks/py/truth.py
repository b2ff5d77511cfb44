"""What the Python programs of the corpus share: see ../README.md.

A program brings itself into a state, says what it knows of its own locks
(lock, deadlock, never), and calls stay, which writes that down and returns
never: the program ends with its stdin.
"""

import json
import multiprocessing
import os
import platform
import signal
import sys
import threading
import time

CALLS = {
    "x86_64": {"read": 0, "write": 1, "futex": 202, "flock": 73, "fcntl": 72},
    "aarch64": {"read": 63, "write": 64, "futex": 98, "flock": 32, "fcntl": 25},
}.get(platform.machine(), {})

PATH = os.environ.get("TRUTH", "/dev/stdout")

_document = {"locks": [], "deadlocks": [], "rings": [], "never": []}
_others = []
_last = []


def mark(name):
    """Tells the other processes of the program that this one is so far.

    A file, so that no lock and no pipe comes into the picture.
    """
    open(PATH + "." + name, "w").close()


def await_mark(name):
    while not os.path.exists(PATH + "." + name):
        time.sleep(0.001)


def rest():
    """Does nothing, for as long as the process lives."""
    while True:
        time.sleep(3600)


def _look(pid, tid, call):
    """How often a thread has slept, or None if it is not blocked in the call."""
    try:
        with open("/proc/%d/task/%d/status" % (pid, tid)) as f:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        if call:
            with open("/proc/%d/task/%d/syscall" % (pid, tid)) as f:
                if f.read().split()[0] not in [str(CALLS.get(c)) for c in call.split("|")]:
                    return None
    except (OSError, ValueError):
        return None
    if status.get("State", "")[:1] != "S":
        return None
    return status["voluntary_ctxt_switches"]


def asleep(pid, tid=None, call=None):
    """Waits until a thread is blocked in a system call, and stays so."""
    if not CALLS:
        call = None
    same, last = 0, None
    while same < 5:
        now = _look(pid, tid or pid, call)
        same = same + 1 if now is not None and now == last else 0
        last = now
        time.sleep(0.01)


def who(pid, tid=None, **more):
    """A thread of the truth; of a process that has only one it is that one."""
    return dict(pid=pid, tid=tid or pid, **more)


def lock(kind, holders=(), waiters=(), state=None, hidden=False, maybe=(), releasable=None, quiet=None):
    """Says what is known of a lock.

    state is "contended", "abandoned", "idle", "none" of these, or None where
    that is not said; hidden says that nothing outside of the program tells the
    holders; maybe are processes that could be taken for one; releasable says
    whether another process could release an abandoned one, and quiet whether it needs
    no look, None where that is not said.
    """
    said = {"kind": kind, "holders": list(holders), "waiters": list(waiters)}
    if state:
        said.update({word: word == state for word in ("contended", "abandoned", "idle")})
    if hidden:
        said["hidden"] = True
    if maybe:
        said["maybe"] = list(maybe)
    if releasable is not None:
        said["releasable"] = releasable
    if quiet is not None:
        said["quiet"] = quiet
    _document["locks"].append(said)


def deadlock(*pids):
    _document["deadlocks"].append(list(pids))


def ring(*pids):
    _document["rings"].append(list(pids))


def never(*words):
    _document["never"].extend(words)


def ends_too(pid):
    """Has a process killed at the end that multiprocessing does not know of."""
    _others.append(pid)


def at_end(what):
    """Has something called before the processes are killed."""
    _last.append(what)


def say():
    if PATH == "/dev/stdout":
        print(json.dumps(_document), flush=True)
        return
    with open(PATH + ".tmp", "w") as f:
        json.dump(_document, f)
    os.rename(PATH + ".tmp", PATH)


def end():
    """Ends every process of the program, those that wait first."""
    for what in _last:
        what()
    for p in reversed(multiprocessing.active_children()):
        p.kill()
        p.join()
    for pid in _others:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    os._exit(0)


def stay():
    say()
    while os.read(0, 4096):
        pass
    end()


def context():
    """The start method that the first argument names."""
    return multiprocessing.get_context(sys.argv[1] if len(sys.argv) > 1 else "fork")


def process(target, *args, ctx=None):
    """Starts a process; it ends when the program does."""
    p = (ctx or context()).Process(target=target, args=args, daemon=True)
    p.start()
    return p


def thread(target, *args):
    """Starts a thread, and returns it when its native id is known."""
    t = threading.Thread(target=target, args=args, daemon=True)
    t.start()
    while t.native_id is None:
        time.sleep(0.001)
    return t
