"""Tells muster what a Python program makes that cannot be seen from outside.

Each report is one line of JSON, appended by a single write to the file that
MUSTER_AGENT names: that a process began and what it is called, where a lock
or a pipe was made. Nothing is touched that a program does often: the
constructors are wrapped, and only once the program itself imports what they
are in; never acquire, release, put or get. There is no thread.

What goes wrong in here is the agent's own affair: every step into it is guarded,
and the program never sees it. Exceptions that are no Exception (Ctrl-C) pass.

sitecustomize.py runs this in a namespace of its own, with HERE, and RUN to run
another file of this directory.
"""

import os
import sys
from _thread import _count, get_ident

REPORTS = os.environ.get("MUSTER_AGENT", "")
CWD = ""
if sys.version_info < (3, 9):  # which names a script as it was typed
    try:
        CWD = os.getcwd()
    except OSError:
        pass

# Bounds: reports of one process, bytes of a line, of a text in it, of the file.
MAX_REPORTS = 4096
MAX_LINE = 4095
MAX_TEXT = 300
MAX_PATH = 1024
MAX_FILE = 16 << 20

pid = os.getpid()
start_time = 0  # of this process, once it has been asked for
how = "exec"  # or "fork": how this process came to be
sent = 0  # reports of this process


# Reports


def quoted(text, limit):
    """Return text as a JSON string of ASCII; what is too long loses its beginning."""
    text = str(text)[-limit:]
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return '"%s"' % text
    kept = []
    for char in reversed(text):
        kept.append(escaped(char))
        limit -= len(kept[-1])
        if limit < 0:
            kept.pop()
            break
    return '"%s"' % "".join(reversed(kept))


def escaped(char):
    if " " <= char <= "~" and char not in '"\\':
        return char
    code = ord(char)
    if code > 0xFFFF:
        code -= 0x10000
        return "\\u%04x\\u%04x" % (0xD800 | code >> 10, 0xDC00 | code & 0x3FF)
    return "\\u%04x" % code


def line(what, /, **fields):
    """Return a report as one line."""
    parts = ['"t":"%s","pid":%d' % (what, os.getpid())]
    for key, value in fields.items():
        if isinstance(value, str):
            value = quoted(value, MAX_PATH if key == "file" else MAX_TEXT)
        elif isinstance(value, bool):
            value = "true" if value else "false"
        parts.append('"%s":%s' % (key, value))
    return "{%s}\n" % ",".join(parts)


def write(text):
    """Append whole lines to the reports. The file is never made, nor kept open."""
    fd = os.open(REPORTS, os.O_WRONLY | os.O_APPEND)
    try:
        if os.fstat(fd).st_size < MAX_FILE:
            os.write(fd, text.encode("ascii"))
    finally:
        os.close(fd)


def report(what, /, **fields):
    """Send one report, unless this process has sent its share."""
    global sent
    if os.getpid() != pid:
        begin_forked()
        write(line("process", name="", **birth()))
    sent += 1
    if sent > MAX_REPORTS + 1:
        return
    text = line(what, **fields) if sent <= MAX_REPORTS else line("more")
    if len(text) <= MAX_LINE:
        write(text)


# Where a thing was made


def of_library(frame):
    """Report whether a frame is of the libraries that the things are from."""
    if frame.f_globals is globals():
        return True
    return of_package(frame.f_globals.get("__name__"))


def of_package(name):
    return isinstance(name, str) and (name + ".").startswith(("multiprocessing.", "concurrent.futures.", "threading."))


def site():
    """Return the place in the program's own code where this call comes from,
    and which call of the library it was."""
    call = frame = sys._getframe(1)
    while frame is not None and of_library(frame):
        if frame.f_globals is not globals():
            call = frame
        frame = frame.f_back
    made_by = call.f_code.co_name
    if made_by in ("__init__", "_setup_queues"):
        made_by = type(call.f_locals.get("self")).__name__
    if frame is None:
        return {"made_by": made_by}
    return {"made_by": made_by, "file": path(frame.f_code.co_filename), "line": frame.f_lineno or 0, "function": frame.f_code.co_name}


def path(file):
    return CWD + "/" + file if CWD and not file.startswith(("/", "<")) else file


def kind_of(thing):
    """Return the library's name for a thing, also where the program has a class of its own."""
    for cls in type(thing).__mro__:
        if of_package(cls.__module__):
            return cls.__name__
    return type(thing).__name__


# Wrapping


def dress(wrapper, original):
    """Make a wrapper look like what it wraps."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(wrapper, name, getattr(original, name))
    wrapper.__wrapped__ = original
    return wrapper


def after(owner, name, note):
    """Have note called with the result and the arguments of each call of owner.name."""
    original = vars(owner)[name]

    def wrapper(*args, **kwargs):
        result = original(*args, **kwargs)
        try:
            note(result, *args)
        except Exception:
            pass
        return result

    setattr(owner, name, dress(wrapper, original))


def before(owner, name, note):
    """Have note called with the arguments of each call of owner.name, before it."""
    original = vars(owner)[name]

    def wrapper(*args, **kwargs):
        try:
            note(*args)
        except Exception:
            pass
        return original(*args, **kwargs)

    setattr(owner, name, dress(wrapper, original))


# The locks of a bigger thing, such as a Queue, are told when it is complete:
# then it is known what each of them is to it.
unfinished = {}  # by thread: the locks that were made since the constructor began


def whole(owner, name):
    """Wrap a constructor whose object owns the locks that are made in it."""
    original = vars(owner)[name]

    def wrapper(self, *args, **kwargs):
        thread = get_ident()
        if thread in unfinished:  # a part of something bigger still
            return original(self, *args, **kwargs)
        unfinished[thread] = []
        try:
            return original(self, *args, **kwargs)
        finally:
            finish(self, unfinished.pop(thread, ()))

    setattr(owner, name, dress(wrapper, original))


def finish(owner, locks):
    """Report the locks of an object that has been made."""
    try:
        roles = dict(parts(owner, 3)) if locks else {}
        for lock, where in locks:
            tell(lock, where, made_of(owner), roles.get(id(lock), ""))
    except Exception:
        pass


def made_of(owner):
    """Return the kind of an object that owns locks; of a barrier also how many it is for."""
    kind = kind_of(owner)
    if kind == "Barrier" and type(owner._parties) is int:
        return "Barrier(%d)" % owner._parties
    return kind


def parts(owner, depth):
    """Yield the id and the path of each lock within an object."""
    for name, value in vars(owner).items():
        if "_semlock" in getattr(value, "__dict__", ()):
            yield id(value), name
        elif depth > 0 and of_package(type(value).__module__) and hasattr(value, "__dict__"):
            for found, path in parts(value, depth - 1):
                yield found, name + "." + path


def tell(lock, where, kind, role):
    semlock = lock._semlock
    report("lock", object=id(semlock), handle=semlock.handle, name=semlock.name or "", kind=kind, role=role, **where)


# What is reported


def lock_made(_, lock, *args):
    where = site()
    locks = unfinished.get(get_ident())
    if locks is not None:
        locks.append((lock, where))
    elif where["made_by"] in ("Value", "Array", "synchronized"):
        tell(lock, where, where["made_by"], "_lock")
    else:
        tell(lock, where, kind_of(lock), "")


def lock_rebuilt(_, lock, *args):
    semlock = lock._semlock
    report("lock", object=id(semlock), handle=semlock.handle, name=semlock.name or "", kind=kind_of(lock), rebuilt=True)


def pipe_made(ends, *args):
    inodes = sorted({os.fstat(end.fileno()).st_ino for end in ends})
    report("pipe", inodes=inodes, **site())


def process_begins(process, *args):
    does = duty(process)
    if os.getpid() != pid:
        begin_forked()
        begin(process.name, does)
    else:
        report("process", name=process.name, **birth(), **does)
    follow_tasks(process)
    follow_initializer(process)


def duty(process):
    """Return what a process of multiprocessing is for."""
    try:
        pool, queue = pool_of(process)
        task = "" if pool else task_of(process)
        return {"task": task, "pool": pool, "queue": queue, "owner": vars(process).get("_parent_pid") or 0}
    except Exception:
        return {}


SIGKILL, SIGTERM = 9, 15


def wrap_popen(module):
    before(module.Popen, "terminate", lambda child: ending(child, SIGTERM))
    before(module.Popen, "kill", lambda child: ending(child, SIGKILL))


def ending(child, signal):
    """Report that a process ends a child of its own, unless that has ended before: an executor
    terminates all its workers when one has gone. The sentinel is what it learns that by. The
    child may not have come to say who it is, so this says that as well."""
    import select

    poll = select.poll()
    poll.register(child.sentinel, select.POLLIN)
    if child.returncode is None and not poll.poll(0):
        write(line("ends", child=child.pid, start=started(child.pid), name=child_name(child), signal=signal))


def child_name(child):
    """Return the name of the process that is started as a child."""
    for process in set(sys.modules["multiprocessing.process"]._children):
        if vars(process).get("_popen") is child:
            return name_of(process)
    return ""


def process_ends():
    if timed is not None:
        timed["ends"]()
    try:
        if "tell_exception" in globals():
            tell_unasked()
            tell_counts()
    except Exception:
        pass


# What goes wrong. How it is told is in raised.py.


def load_raised():
    """Run raised.py, once. What it has counted is told at the end."""
    if "tell_exception" not in globals():
        import atexit

        RUN("raised.py", globals())
        atexit.register(process_ends)


def wrap_process(module):
    load_raised()
    bootstrap = vars(module.BaseProcess)["_bootstrap"]

    def wrapper(self, *args, **kwargs):
        left, code = [], 1
        try:
            process_begins(self)
            follow_exit(self, left)
        except Exception:
            pass
        try:
            code = bootstrap(self, *args, **kwargs)
            try:
                process_left(self, code, left)
            except Exception:
                pass
            return code
        finally:
            process_ends()
            try:
                if code:
                    write(line("returns"))
            except Exception:
                pass

    module.BaseProcess._bootstrap = dress(wrapper, bootstrap)
    name = vars(module.BaseProcess)["name"]

    def named(self):
        # _bootstrap asks for the name, to print it, while it handles what it
        # could only print: the one moment at which that is to be seen.
        if sys._getframe(1).f_code is bootstrap.__code__:
            try:
                process_failed(self)
            except Exception:
                pass
        return name.fget(self)

    module.BaseProcess.name = property(dress(named, name.fget), name.fset, name.fdel, name.__doc__)


def wrap_threading(module):
    make = module._make_invoke_excepthook

    def made():
        invoke = make()

        def wrapper(thread):
            try:
                load_raised()
                thread_failed(thread)
            except Exception:
                pass
            return invoke(thread)

        return wrapper

    module._make_invoke_excepthook = dress(made, make)


def wrap_pool(module):
    # Not all of Pool's constructor: it starts the workers, which may need to be told apart from it.
    whole(module.Pool, "_setup_queues")
    after(module.ExceptionWithTraceback, "__init__", task_raised)
    after(module.MaybeEncodingError, "__init__", result_unpicklable)
    module.ApplyResult._value = Watched("_value", value_read, value_written)
    module.ApplyResult.__dir__ = without_missing("_value")
    after(module.IMapIterator, "__init__", imap_made)
    after(module.ThreadPool, "_setup_queues", thread_pool_made)
    end = vars(module.Pool)["_terminate_pool"].__func__

    def ending(cls, tasks, queue, *args):
        try:
            write(line("gives up", queue=inode(queue)))  # of threads there is none
        except Exception:
            pass
        return end(cls, tasks, queue, *args)

    module.Pool._terminate_pool = classmethod(dress(ending, end))


def wrap_executor(module):
    whole(module.ProcessPoolExecutor, "__init__")
    after(module._ExceptionWithTraceback, "__init__", task_raised)


def wrap_futures(module):
    load_raised()
    module.Future._exception = Watched("_exception", future_read, future_written)


def wrap_asyncio(module):
    call = module.BaseEventLoop.call_exception_handler

    def wrapper(self, context):
        try:
            load_raised()
            loop_told(self, context)
        except Exception:
            pass
        return call(self, context)

    module.BaseEventLoop.call_exception_handler = dress(wrapper, call)


def wrap_synchronize(module):
    after(module.SemLock, "__init__", lock_made)
    after(module.SemLock, "__setstate__", lock_rebuilt)
    for name in ("Condition", "Event", "Barrier"):
        whole(getattr(module, name), "__init__")


def wrap_queues(module):
    for name in ("Queue", "JoinableQueue", "SimpleQueue"):
        whole(getattr(module, name), "__init__")
    refused = module.Queue._on_queue_feeder_error

    def wrapper(e, obj):
        try:
            put_refused(e, obj)
        except Exception:
            pass
        return refused(e, obj)

    module.Queue._on_queue_feeder_error = staticmethod(dress(wrapper, refused))


class AtExit:
    """A function of atexit that tells of its exception, and leaves no trace in what
    Python prints of it. It is equal to the function, as atexit.unregister compares them."""

    __slots__ = ("function",)

    def __init__(self, function):
        self.function = function

    def __eq__(self, other):
        return self.function == other

    __hash__ = None

    def __call__(self, *args, **kwargs):
        try:
            return self.function(*args, **kwargs)
        except Exception:  # without a name, or the frame that goes below would come back
            if not self.failed():
                raise

    def failed(self):
        """Tell of the exception that is handled. It returns whether it has been printed, too."""
        try:
            load_raised()
            return at_exit_failed(self.function)
        except Exception:
            return False


def wrap_atexit(module):
    """Have the failures of functions of atexit told where Python has no hook for them, but
    prints them: before 3.10, Modules/atexitmodule.c."""
    register = module.register
    in_python = type(hook), type(FINDER.find_spec)  # what fails in C leaves no frame to take out

    def registering(function, /, *args, **kwargs):
        if type(function) in in_python:
            register(AtExit(function), *args, **kwargs)
            return function
        return register(function, *args, **kwargs)

    module.register = dress(registering, register)


def watch_ignored():
    """Have what can only be printed told, too. That the program has a hook of its
    own, now or later, stays as it is."""
    hook = sys.unraisablehook

    def unraisablehook(args, /):
        try:
            load_raised()
            ignored(args)
        except Exception:
            pass
        return hook(args)

    sys.unraisablehook = dress(unraisablehook, hook)


HOOKS = {
    "multiprocessing.process": wrap_process,
    "threading": wrap_threading,
    "multiprocessing.synchronize": wrap_synchronize,
    "multiprocessing.queues": wrap_queues,
    "multiprocessing.pool": wrap_pool,
    "multiprocessing.popen_fork": wrap_popen,
    "multiprocessing.connection": lambda module: after(module, "Pipe", pipe_made),
    "concurrent.futures._base": wrap_futures,
    "concurrent.futures.process": wrap_executor,
    "asyncio.base_events": wrap_asyncio,
}
if sys.version_info < (3, 10):
    HOOKS["atexit"] = wrap_atexit


def hook(module):
    try:
        HOOKS[module.__name__](module)
    except Exception:
        pass


class Finder:
    """Sees each import, finds nothing itself, and wraps what HOOKS names once
    it has been loaded by whoever loads it."""

    def find_spec(self, name, path=None, target=None):
        if name not in HOOKS:
            return None
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    return self.watched(spec, name)
        return None

    def watched(self, spec, name):
        """Have the module's loader run the hook, this one time."""
        try:
            loader = spec.loader
            load = loader.exec_module

            def exec_module(module):
                vars(loader).pop("exec_module", None)
                load(module)
                hook(module)

            if not isinstance(loader, type):
                loader.exec_module = exec_module
            elif name in sys.builtin_module_names:  # a class, which is the loader of others too
                spec.loader = Once(loader)
        except Exception:
            pass
        return spec


# Forks among threads: the child has what they had locked, and not them who would unlock it.

MAX_FORKS = 64  # places told of by one process

company = {}  # what ran beside the thread that forks now, as the child tells it
born_among = {}  # of this process
forks = set()  # places that were told of


def forking():
    """Called before each fork, for the price of asking how many threads Python has."""
    global company
    company = {}
    try:
        others = _count()
        if others:
            company = dict(site(), among=others)
            if company["made_by"] == "forking":
                company["made_by"] = "fork"
            tell_fork(company)
    except Exception:
        pass


def forked():
    """Called in the child of a fork. One that may hang is told of at once."""
    global born_among
    born_among = company
    forks.clear()
    try:
        if company:
            begin_forked()
            write(line("process", name="", **birth()))
    except Exception:
        pass


def tell_fork(company):
    """Report a place where a process forks among threads, once."""
    place = company["made_by"], company.get("file"), company.get("line")
    if place in forks or len(forks) >= MAX_FORKS:
        return
    forks.add(place)
    active = vars(sys.modules.get("threading", os)).get("_active", {})
    names = [vars(thread).get("_name") for ident, thread in list(active.items()) if ident != get_ident()]
    names = ",".join([quoted(name, 60) for name in names[:4] if type(name) is str])
    thread = vars(active.get(get_ident(), os)).get("_name", "")
    name = vars(getattr(sys.modules.get("multiprocessing.process"), "_current_process", os)).get("_name", "")
    text = line("forks", start=born(), name=name, thread=thread, **company)
    write('%s,"threads":[%s]}\n' % (text[:-2], names))


class Once:
    """Loads a builtin module in the place of its loader, and leaves that in it."""

    def __init__(self, loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        hook(module)


# How a process begins

def birth():
    """Return what tells this process from others of its pid: field 22 of
    /proc/self/stat, proc(5), and how it came to be."""
    argv = getattr(sys, "argv", None) or [""]
    return {"ppid": os.getppid(), "start": born(), "how": how, "argv0": str(argv[0]), **born_among}


def born():
    """Return when this process began, read once."""
    global start_time
    if start_time == 0:
        start_time = started()
    return start_time


def started(of="self"):
    try:
        fd = os.open("/proc/%s/stat" % of, os.O_RDONLY)
    except OSError:
        return 0
    try:
        stat = os.read(fd, 1024)
    finally:
        os.close(fd)
    return int(stat[stat.rindex(b")") + 2 :].split()[19])


def is_open(number):
    try:
        os.fstat(number)
        return True
    except OSError:
        return False


# A debugger, or a profile

DEBUG_SIGNAL = 59  # of the real-time signals, which nobody sends by chance
DEBUGGER = "<muster debugger>"  # the module of debug.py
debugger = None
loading = False


def offer_debugger():
    """Have a person's request looked for when the signal comes, which muster
    sends only if it is caught. A program that uses it itself keeps it."""
    import _signal

    if sys.platform == "linux" and _signal.getsignal(DEBUG_SIGNAL) == _signal.SIG_DFL:
        _signal.signal(DEBUG_SIGNAL, debug)


def debug(signum, frame):
    global debugger, loading
    if loading:  # the signal comes again until it is answered: this is no place to stop at
        return
    loading = True
    try:
        name = request("profile")
        if name:
            profile(name)
            return
        name = "" if debugging(frame) else request("debug")
        if name and debugger is None:
            with open(HERE + "/debug.py") as file:
                code = compile(file.read(), DEBUGGER, "exec", dont_inherit=True)
            space = {"__name__": DEBUGGER, "SIGNAL": DEBUG_SIGNAL, "TELL": tell_debugged, "CONNECT": connect}
            exec(code, space)
            debugger = space["asked"]
    except Exception:
        return
    finally:
        loading = False
    if debugger is not None:
        debugger(name, frame)


def debugging(frame):
    """Report whether a debugger is at work there: one that is being left is no place to stop at."""
    while frame is not None:
        if frame.f_code is debug.__code__ or frame.f_globals.get("__name__") == DEBUGGER:
            return True
        frame = frame.f_back
    return False


def request(what):
    """Take the request that muster has left for this process: the name of a socket, "" if there is none."""
    file = "%s/%s-%d" % (HERE, what, os.getpid())
    try:
        fd = os.open(file, os.O_RDONLY)
    except OSError:
        return ""
    try:
        name = os.read(fd, 256).decode()
    finally:
        os.close(fd)
    os.unlink(file)
    return name


def connect(name, patience=None):
    """Connect to a socket in this directory, whose path may be too long for unix(7). patience is in seconds, None
    for ever; it is for all that is done with the socket."""
    import _socket

    here = os.open(HERE, os.O_RDONLY)
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        sock.settimeout(patience)
        sock.connect("/proc/self/fd/%d/%s" % (here, name))
    except BaseException:
        sock.close()
        raise
    finally:
        os.close(here)
    return sock


timed = None  # timed.py's namespace, once a profile has been asked for


def profile(name):
    """Begin a profile of this process, or end it."""
    global timed
    if timed is None:
        space = {"QUOTED": quoted, "DEBUG": debug.__code__, "CONNECT": connect}
        RUN("timed.py", space)
        timed = space
    timed["asked"](name)


def tell_debugged(on):
    """Report that a person's debugger has come, or left."""
    try:
        write(line("debugged", start=born(), on=on))
    except Exception:
        pass


def begin(name, does={}):
    write(line("process", name=name, **birth(), **does))


def begin_forked():
    """Take note of being another process than before, as soon as there is
    something to say: a fork itself is done often, and costs nothing more."""
    global pid, how, sent, start_time
    pid, how, sent, start_time = os.getpid(), "fork", 0, 0
    unfinished.clear()
    if "tell_exception" in globals():
        forget_exceptions()


def speak_at_once(where):
    """Have each line written when it ends, where Python would wait for 8 KiB: where
    somebody reads along ("1"), or where one of the inodes is what it writes to."""
    for stream in (sys.stdout, sys.stderr):
        try:
            st = os.fstat(stream.fileno())
            piped = st.st_mode & 0o170000 in (0o010000, 0o140000)  # or a socket
            if piped and (where == "1" or str(st.st_ino) in where.split()) and not stream.line_buffering:
                stream.reconfigure(line_buffering=True)
        except Exception:
            pass


if os.environ.get("MUSTER_AGENT_LINES"):
    speak_at_once(os.environ["MUSTER_AGENT_LINES"])
if REPORTS.rpartition("/")[0] == HERE:  # else it is another muster's, further out
    FINDER = Finder()
    for name in HOOKS:
        if name in sys.modules:
            hook(sys.modules[name])
    sys.meta_path.insert(0, FINDER)
    watch_ignored()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=forking, after_in_child=forked)
    begin("")
    try:
        offer_debugger()
    except Exception:
        pass
