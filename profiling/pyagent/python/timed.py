"""Profiles a running program from within: each call, or each line of some functions.

agent.py runs this in a namespace of its own, with QUOTED, DEBUG and CONNECT from there,
once somebody has asked; nothing of it is loaded before. It is asked over a
private Unix socket, in the main thread. There is no thread, and no descriptor is
kept: a profile is told over a connection of its own, when its end is asked for
or when the program ends. If nobody asks it ends by itself.

cProfile it is not: before 3.12 that cannot be stopped from another thread, and
since then it takes the calls of all threads for those of one.
"""

import atexit
import os
import sys
import threading
from _thread import get_ident, get_native_id
from time import perf_counter_ns

MAX_NODES = 100000  # places in the tree of calls; more are told without their callers
MAX_DEPTH = 200  # calls within calls; deeper ones are told as being called by that one
MAX_ASK = 65536
WAIT = 5  # seconds for muster to answer

PATIENCE = 10 * 10**9  # ns after which a profile that nobody ends does

profile = None  # the one under way
reply_to = ""  # the socket that it goes to


def ours(function):
    """Report whether a profile or trace function is from here."""
    function = getattr(function, "__func__", function)
    return getattr(function, "__globals__", None) is globals()


# Calls. A node is a function with all the calls that led to it.

WHAT, CHILDREN, COUNT, OWN, PARENT, DEPTH = range(6)  # OWN: ns in it itself


class Thread:
    def __init__(self):
        self.ident, self.tid = get_ident(), get_native_id()
        self.root = [None, {}, 0, 0, None, 0]
        self.stack = []  # of [node, mark, when its call was told, when it began, ns in what it called]

    def name(self):
        name = vars(threading._active.get(self.ident, threading)).get("_name", "")
        return name if type(name) is str else ""


class Calls:
    """Every call of the process that begins from now on."""

    def __init__(self, until):
        self.until = until
        self.threads = []
        self.nodes = self.cut = 0
        self.missed = 0  # threads
        self.asked = get_ident()  # the thread that was asked, and is not yet back where it was

    def begin(self):
        if sys.getprofile() is not None or vars(threading).get("_profile_hook") is not None:
            return "the program has a profile function of its own (sys.setprofile)"
        if hasattr(sys, "monitoring") and sys.monitoring.get_tool(sys.monitoring.PROFILER_ID) is not None:
            return "the program has a profiler of its own (%s)" % sys.monitoring.get_tool(sys.monitoring.PROFILER_ID)
        threading.setprofile(self.first)
        if hasattr(threading, "setprofile_all_threads"):
            threading.setprofile_all_threads(self.first)
        else:
            self.missed = len(sys._current_frames()) - 1
            sys.setprofile(self.first)
        return ""

    def first(self, frame, event, arg):
        """Give a thread a function of its own."""
        try:
            hook = self.hook()
            sys.setprofile(hook)
            hook(frame, event, arg)
        except Exception:
            sys.setprofile(None)

    def hook(self):
        thread = Thread()
        self.threads.append(thread)
        stack, root, clock, child = thread.stack, thread.root, perf_counter_ns, self.child
        if thread.ident == self.asked:  # what it does until then is not the program's
            self.asked = None
            frame = sys._getframe()
            while frame is not None and frame.f_code is not DEBUG:
                frame = frame.f_back
            now = clock()
            stack.append([child(root, root, id(DEBUG), DEBUG), id(frame), now, now, 0])

        def called(frame, event, arg):
            told = clock()
            if told > self.until:
                sys.setprofile(None)
                return
            try:
                if event == "call" or event == "c_call":
                    if event == "call":
                        what, mark = frame.f_code, id(frame)
                        key = id(what)
                    else:
                        what = key = arg.__module__, arg.__qualname__
                        mark = 0
                    node = stack[-1][0] if stack else root
                    called = node[CHILDREN].get(key)
                    if called is None:
                        called = child(root, node, key, what)
                    stack.append([called, mark, told, clock(), 0])
                elif stack:
                    mark = id(frame) if event == "return" else 0
                    if stack[-1][1] != mark and not unwind(stack, mark, told):
                        return
                    node, mark, before, began, inner = stack.pop()
                    node[COUNT] += 1
                    node[OWN] += told - began - inner
                    if stack:
                        stack[-1][4] += clock() - before
            except Exception:
                pass

        return called

    def child(self, root, node, key, what):
        """Return a new node for what is called there, or the one that stands for it."""
        if node[DEPTH] >= MAX_DEPTH:
            node = node[PARENT]
        elif self.nodes >= MAX_NODES:
            self.cut += 1
            node = root
        found = node[CHILDREN].get(key)
        if found is None:
            self.nodes += 1
            found = node[CHILDREN][key] = [what, {}, 0, 0, node, node[DEPTH] + 1]
        return found

    def end(self):
        now = perf_counter_ns()
        notes = []
        kept = ours(sys.getprofile())  # before it takes itself away, which it does once this is over
        self.drop()
        if not kept and get_ident() == threading.main_thread().ident:
            notes.append("the program has set another profile function, or reached its recursion limit, and was seen until then")
        if self.missed:
            notes.append(unseen(self.missed))
        if self.cut:
            notes.append("%d places have lost their callers: there are more than %d" % (self.cut, MAX_NODES))
        functions, threads = {}, []
        for thread in self.threads:
            unwound(thread.stack[:], now)
            nodes = []
            flatten(thread.root, functions, nodes)
            threads.append('{"tid":%d,"name":%s,"nodes":[%s]}' % (thread.tid, QUOTED(thread.name(), 60), ",".join(nodes)))
        names = [text for _, text in functions.values()]
        return '"functions":[%s],"threads":[%s]' % (",".join(names), ",".join(threads)), notes

    def drop(self):
        self.until = 0
        if ours(vars(threading).get("_profile_hook")):
            threading._profile_hook = None
        if ours(sys.getprofile()):
            sys.setprofile(None)


def unwind(stack, mark, now):
    """End the calls whose end was not told, down to the one that ends now: Python 3.12 tells of no
    call when a generator goes on with an exception. Report whether it is there."""
    for i in range(len(stack) - 1, -1, -1):
        if stack[i][1] == mark and mark:
            unwound(stack[i + 1 :], now)
            stack[i][4] += now - stack[i + 1][2]
            del stack[i + 1 :]
            return True
    return False


def unseen(threads):
    """Tell of threads in which nothing could be set from outside."""
    who = "1 thread that ran before is" if threads == 1 else "%d threads that ran before are" % threads
    return who + " not seen: that takes Python 3.12"


def unwound(stack, now):
    """End calls that are under way, the innermost last."""
    for i, (node, _, _, began, inner) in enumerate(stack):
        if i + 1 < len(stack):
            inner += now - stack[i + 1][2]
        node[COUNT] += 1
        node[OWN] += max(0, now - began - inner)


def flatten(root, functions, nodes):
    """Write what was called, each after its caller."""
    todo = [(child, -1) for child in list(root[CHILDREN].values())]
    while todo:
        node, parent = todo.pop()
        if node[WHAT] is DEBUG:
            continue
        key = node[WHAT] if type(node[WHAT]) is tuple else id(node[WHAT])
        if key not in functions:
            functions[key] = len(functions), function(node[WHAT])
        nodes.append("[%d,%d,%d,%d]" % (parent, functions[key][0], node[COUNT], max(0, node[OWN])))
        here = len(nodes) - 1
        todo.extend((child, here) for child in list(node[CHILDREN].values()))


def function(what):
    """Write a function as its file, first line, name as pstats has it, and name for a person."""
    if type(what) is tuple:
        module, name = what
        kind, _, method = name.rpartition(".")
        full = "%s.%s" % (module, name) if type(module) is str else name
        label = "<built-in method %s>" % full
        if kind and module is None:
            label = "<method '%s' of '%s' objects>" % (method, kind)
        return '{"file":"~","name":%s}' % QUOTED(label, 300)
    full = getattr(what, "co_qualname", what.co_name)
    file, name = QUOTED(what.co_filename, 1024), QUOTED(what.co_name, 300)
    return '{"file":%s,"line":%d,"name":%s,"full":%s}' % (file, what.co_firstlineno, name, QUOTED(full, 300))


# Lines. The time of a line is that until the next line of the same call, or its end.

HITS, TIME = range(2)


class Lines:
    """The lines of the chosen functions, in calls that begin from now on."""

    def __init__(self, until, names):
        self.until = until
        self.names = names
        self.known = {}  # by id of code: code and its lines, or None: it is none of them
        self.called = set()  # of the names
        self.missed = 0

    def lines_of(self, code, space):
        known = self.known.get(id(code))
        if known is None:
            names = [name for name in self.names if fits(name, code, space)]
            self.called.update(names)
            lines = {} if names else None
            known = self.known[id(code)] = code, lines
        return known[1]

    def begin(self):
        if sys.gettrace() is not None or vars(threading).get("_trace_hook") is not None:
            return "the program has a trace function of its own (sys.settrace): a debugger, or coverage"
        threading.settrace(self.trace)
        self.missed = len(sys._current_frames()) - 1
        sys.settrace(self.trace)
        return ""

    def trace(self, frame, event, arg):
        try:
            if perf_counter_ns() > self.until:
                sys.settrace(None)
                return None
            lines = self.lines_of(frame.f_code, frame.f_globals)
            return None if lines is None else self.tracer(lines)
        except Exception:
            return None

    def tracer(self, lines):
        cell, since, clock = None, 0, perf_counter_ns

        def traced(frame, event, arg):
            nonlocal cell, since
            now = clock()
            if now > self.until:
                sys.settrace(None)
                return None
            if event == "line":
                if cell is not None:
                    cell[TIME] += now - since
                line = frame.f_lineno
                cell = lines.get(line)
                if cell is None:
                    cell = lines[line] = [0, 0]
                cell[HITS] += 1
            elif event == "return" and cell is not None:
                cell[TIME] += now - since
                cell = None
            else:
                return traced
            since = clock()
            return traced

        return traced

    def end(self):
        self.drop()
        notes = []
        if self.missed:
            notes.append(unseen(self.missed))
        found = []
        for code, lines in list(self.known.values()):
            if lines:
                told = ",".join(["[%d,%d,%d]" % (line, *cell) for line, cell in sorted(lines.items()) if line])
                found.append('{"function":%s,"lines":[%s]}' % (function(code), told))
        idle = [name for name in self.names if name not in self.called]
        if not found:
            notes.append("none of the functions was called")
        elif idle:
            notes.append("not called: %s" % ", ".join(idle))
        return '"timed":[%s]' % ",".join(found), notes

    def drop(self):
        self.until = 0
        if ours(vars(threading).get("_trace_hook")):
            threading._trace_hook = None
        if ours(sys.gettrace()):
            sys.settrace(None)


class Monitored(Lines):
    """The same by sys.monitoring: what is not chosen is looked at once, in all threads."""

    def begin(self):
        m = self.monitoring = sys.monitoring
        free = [i for i in (m.PROFILER_ID, 3, 4) if m.get_tool(i) is None]
        if not free:
            return "the program's own tools have taken all of sys.monitoring"
        self.tool = free[0]
        self.stacks = {}  # by thread: [id of code, lines, the cell of the line that runs, since when]
        e = m.events
        m.use_tool_id(self.tool, "muster")
        self.events = {
            e.PY_START: self.enters, e.PY_RESUME: self.enters, e.PY_THROW: self.enters, e.PY_UNWIND: self.leaves,
            e.LINE: self.line, e.PY_RETURN: self.leaves, e.PY_YIELD: self.leaves,
        }
        for event, callback in self.events.items():
            m.register_callback(self.tool, event, callback)
        m.restart_events()
        m.set_events(self.tool, e.PY_START | e.PY_RESUME | e.PY_THROW | e.PY_UNWIND)
        return ""

    def enters(self, code, *_):
        try:
            known = self.known.get(id(code))
            if known is None:
                lines = self.lines_of(code, sys._getframe(1).f_globals)
                if lines is not None:
                    e = self.monitoring.events
                    self.monitoring.set_local_events(self.tool, code, e.LINE | e.PY_RETURN | e.PY_YIELD)
            else:
                lines = known[1]
            if lines is not None:
                self.stacks.setdefault(get_ident(), []).append([id(code), lines, None, 0])
            elif len(_) == 1:  # not of PY_THROW, which cannot be disabled
                return self.monitoring.DISABLE
        except Exception:
            pass

    def line(self, code, line):
        now = perf_counter_ns()
        try:
            stack = self.stacks.get(get_ident())
            if not stack or stack[-1][0] != id(code) or now > self.until:
                return  # its call began before
            top = stack[-1]
            if top[2] is not None:
                top[2][TIME] += now - top[3]
            cell = top[1].get(line)
            if cell is None:
                cell = top[1][line] = [0, 0]
            cell[HITS] += 1
            top[2], top[3] = cell, perf_counter_ns()
        except Exception:
            pass

    def leaves(self, code, *_):
        now = perf_counter_ns()
        try:
            stack = self.stacks.get(get_ident())
            if not stack or stack[-1][0] != id(code):
                return
            top = stack.pop()
            if top[2] is not None and now <= self.until:
                top[2][TIME] += now - top[3]
        except Exception:
            pass

    def drop(self):
        self.until = 0
        m = self.monitoring
        m.set_events(self.tool, 0)
        for code, lines in list(self.known.values()):
            if lines is not None:
                m.set_local_events(self.tool, code, 0)
        for event in self.events:
            m.register_callback(self.tool, event, None)
        m.free_tool_id(self.tool)


def fits(name, code, space):
    """Report whether a function goes by a name: "name", "Class.name", or one of these after its module."""
    owner, _, last = name.rpartition(".")
    if last != code.co_name:
        return False
    if not owner:
        return True
    module = space.get("__name__")
    file = code.co_filename.rpartition("/")[2].partition(".")[0]
    full = qualified(code, space)
    for of in (module, file):
        if type(of) is str and ("." + of + "." + full).endswith("." + name):
            return True
    return ("." + full).endswith("." + name)


def qualified(code, space):
    """Return a function's name with that of its class, if that can be found."""
    if hasattr(code, "co_qualname"):
        return code.co_qualname.replace("<locals>.", "")
    for value in list(space.values()):
        if isinstance(value, type):
            member = vars(value).get(code.co_name)
            member = getattr(member, "__func__", getattr(member, "fget", member))
            if getattr(member, "__code__", None) is code:
                return value.__name__ + "." + code.co_name
    return code.co_name


# The conversation


def asked(name):
    """Do what is asked for: begin a profile, or end it."""
    sock = CONNECT(name, WAIT)
    try:
        sock.sendall(b"asked\n")
        text = b""
        while True:
            more = sock.recv(4096)
            text += more
            if not more or len(text) > MAX_ASK:
                break
        words = text.decode("utf-8", "replace").split("\n")
        if words[0] == "end":
            sock.sendall(result())
        elif words[0] in ("deterministic", "lines"):
            why = begin(name, words[0], float(words[1]), [word for word in words[2:] if word])
            sock.sendall((why or "ok").encode("utf-8", "replace"))
    finally:
        sock.close()


def begin(name, kind, seconds, names):
    """Begin a profile. Return why there is none, or ""."""
    global profile, reply_to
    if profile is not None and perf_counter_ns() <= profile.until:
        return "it is being profiled already"
    drop()
    until = perf_counter_ns() + int(seconds * 1e9) + PATIENCE
    if kind == "deterministic":
        new = Calls(until)
    else:
        new = (Monitored if hasattr(sys, "monitoring") else Lines)(until, names)
    profile, reply_to = new, name
    why = "it cannot begin one"
    try:
        why = new.begin()
    finally:
        if why:
            profile = None
    return why


def result():
    """End the profile and return it as JSON."""
    global profile
    done, profile = profile, None
    if done is None:
        return b"{}"
    body, notes = done.end()
    return ('{%s,"notes":[%s]}\n' % (body, ",".join([QUOTED(note, 300) for note in notes]))).encode("ascii")


def drop():
    """End the profile for nobody."""
    global profile
    done, profile = profile, None
    if done is not None:
        done.drop()


def ends():
    """Tell what there is before the program ends."""
    try:
        if profile is not None:
            data = result()
            sock = CONNECT(reply_to, WAIT)
            try:
                sock.sendall(b"ends\n" + data)
            finally:
                sock.close()
    except Exception:
        pass


def forked():
    """Called in the child of a fork, which has nobody to tell."""
    try:
        drop()
    except Exception:
        pass


atexit.register(ends)
os.register_at_fork(after_in_child=forked)
