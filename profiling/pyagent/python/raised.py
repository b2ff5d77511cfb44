"""The part of the agent that tells of exceptions which never reach a person, or
reach only who asks for them. agent.py runs this in its own namespace, when the
program imports multiprocessing or when something has gone wrong.

Nothing of the program's is called to describe an exception: no __str__, no
__repr__, no property. They may be slow, fail, or do something.
"""

# Bounds: bytes of a report, exceptions that a process reports in full, of one
# kind and of all; kinds that are counted; what of an exception is told.
MAX_EXCEPTION = 16000
MAX_ALIKE = 5
MAX_EXCEPTIONS = 512
MAX_KINDS = 256
MAX_POSTPONED = 16
MAX_MESSAGE = 1000
MAX_CHAIN = 6
MAX_MEMBERS = 6
MAX_NOTES = 4
OWN, FURTHER = (24, 6), (8, 2)  # innermost and outermost frames: of it, of what it came from

HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE, Include/object.h: a class that is none of the interpreter's own

numbers = iter(range(1, 1 << 62))  # next() of it is one step, whatever the threads do
kinds = {}  # by type and place: [number of the first, told in full, others, others told of, when]
exceptions = 0  # how many were told in full
telling = set()  # threads that are at it
postponed = []  # what such a thread was to tell meanwhile


def forget_exceptions():
    """Begin anew in a forked child."""
    global numbers, exceptions, results
    numbers, exceptions, results = iter(range(1, 1 << 62)), 0, 0
    kinds.clear()
    telling.clear()
    postponed.clear()
    failed.clear()


# Values in a few words


def attribute(cls, name):
    return type.__dict__[name].__get__(cls)


def type_name(cls):
    """Return the name of a class, with its module unless that is builtins or the
    program's own script, also where that has another name: multiprocessing.spawn."""
    module, name = attribute(cls, "__module__"), attribute(cls, "__qualname__")
    if type(module) is not str or module in ("builtins", "__main__", "__mp_main__"):
        return name[:100]
    return "%s.%s" % (module[:100], name[:100])


def short(value, depth=2):
    """Return what a value of a builtin type is; of any other only its type."""
    cls = type(value)
    if cls in (bool, float, complex, type(None)):
        return repr(value)
    if cls is int:
        return repr(value) if value.bit_length() <= 128 else "<int of %d bits>" % value.bit_length()
    if cls in (str, bytes):
        return repr(value) if len(value) <= 40 else repr(value[:37]) + "..."
    if cls in BRACKETS:
        return BRACKETS[cls] % several(value, depth)
    if cls is dict:
        if depth == 0 and value:
            return "{...}"
        pairs = ["%s: %s" % (short(k, depth - 1), short(v, depth - 1)) for k, v in first(value.items())]
        return "{%s}" % ", ".join(pairs + ["..."] * (len(value) > len(pairs)))
    if cls is type:
        return attribute(value, "__qualname__")[:100]
    if cls in FUNCTIONS:
        return value.__qualname__[:100]
    return "<%s>" % attribute(cls, "__qualname__")[:100]


BRACKETS = {tuple: "(%s)", list: "[%s]", set: "{%s}", frozenset: "frozenset({%s})"}
FUNCTIONS = (type(short), type(len))
METHOD = type(Finder().find_spec)


def first(values, limit=4):
    found = []
    for value in values:
        if len(found) == limit:
            break
        found.append(value)
    return found


def several(values, depth):
    if depth == 0 and values:
        return "..."
    texts = [short(value, depth - 1) for value in first(values)]
    if len(values) > len(texts):
        texts.append("...")
    return ", ".join(texts) + ("," if type(values) is tuple and len(values) == 1 else "")


def function_name(function):
    cls = type(function)
    if cls in FUNCTIONS:
        return function.__qualname__[:100]
    if cls is METHOD:
        return function_name(function.__func__)
    if cls is type:
        return attribute(function, "__qualname__")[:100]
    if type_name(cls) == "functools.partial":
        return function_name(function.func)
    return "<%s>" % attribute(cls, "__qualname__")[:100]


def call(function, args, kwargs):
    """Return a call as it is written: resize('a.jpg', width=7)."""
    texts = [short(a) for a in first(args)] if type(args) in (tuple, list) else ["..."]
    if len(args) > len(texts):
        texts.append("...")
    if type(kwargs) is dict:
        texts += ["%s=%s" % (str(k)[:40], short(v)) for k, v in first(kwargs.items()) if type(k) is str]
    return "%s(%s)" % (function_name(function), ", ".join(texts))


# Exceptions


def message_of(e, printed):
    """Return str(e) as far as it is made of builtin things. Where the class has a
    __str__ of its own, what the program itself has made of it is looked up."""
    args = BaseException.__dict__["args"].__get__(e)
    for cls in attribute(type(e), "__mro__"):
        method = attribute(cls, "__dict__").get("__str__")
        if method is not None:
            break
    if cls is BaseException:
        return plain(args)
    if not attribute(cls, "__flags__") & HEAP_TYPE:
        if all(type(a) in (str, int, float, bool, type(None)) and (type(a) is not str or len(a) < 10000) for a in args):
            return method(e)
        return plain(args[:1])
    name = type_name(type(e)) + ": "
    start = max(printed.rfind("\n" + name), printed.rfind("\n__mp_main__." + name))
    if start < 0:
        return plain(args)
    return printed[start:].partition(": ")[2].rstrip('"\n')


def plain(args):
    if len(args) == 1:
        return args[0] if type(args[0]) is str else short(args[0])
    return short(args) if args else ""


def traceback_of(e):
    return BaseException.__dict__["__traceback__"].__get__(e)


def places(tb):
    """Return the calls of a traceback, innermost first, equal ones as one."""
    found = []
    while tb is not None:
        if tb.tb_frame.f_globals is globals():
            tb = tb.tb_next
            continue
        code, number = tb.tb_frame.f_code, tb.tb_lineno or 0
        if found and found[-1][0] is code and found[-1][1] == number:
            found[-1][2] += 1
        else:
            found.append([code, number, 0])
        tb = tb.tb_next
    found.reverse()
    return found


def ends(found, innermost, outermost):
    """Return the innermost and the outermost of places, and how many are between them."""
    out = max(0, len(found) - innermost - outermost)
    return found[:innermost] + found[innermost + out :], out


class Said:
    """What is to be told of an exception. It holds nothing of the program's alive
    but code, so that it can be told when the exception is gone."""

    __slots__ = ("type", "message", "how", "places", "out", "notes", "chain", "members", "group")


def gather(e, tb, printed="", how="", seen=None, depth=2):
    """Return what is to be told of an exception. Of one in a chain or in a group how
    says what it is there."""
    seen = seen or {id(e)}
    said = Said()
    said.type, said.message, said.how = type_name(type(e)), message_of(e, printed)[: MAX_MESSAGE + 1], how
    said.places, said.out = ends(places(tb), *(FURTHER if how else OWN))
    notes = object.__getattribute__(e, "__dict__").get("__notes__")
    said.notes = [note[:200] for note in first(notes, MAX_NOTES) if type(note) is str] if type(notes) is list else []
    said.chain = [] if how else list(chain(e, seen, depth))
    members = members_of(e) if depth > 0 else ()
    said.members = len(members)
    said.group = [gather(m, traceback_of(m), "", "member", seen, depth - 1) for m in first(members, MAX_MEMBERS)]
    return said


def chain(e, seen, depth):
    """Yield what an exception came from, the nearest first. It may go in circles."""
    for _ in range(MAX_CHAIN):
        before, how = BaseException.__dict__["__cause__"].__get__(e), "cause"
        if before is None and not BaseException.__dict__["__suppress_context__"].__get__(e):
            before, how = BaseException.__dict__["__context__"].__get__(e), "context"
        if before is None or id(before) in seen:
            return
        seen.add(id(before))
        yield gather(before, traceback_of(before), "", how, seen, depth - 1)
        e = before


def described(said, small):
    """Return an exception, what it came from and what it consists of, as JSON; small
    leaves out what there may be without end."""
    limit = 200 if small else MAX_MESSAGE
    parts = ['"type":%s,"message":%s' % (quoted(said.type, 250), quoted(said.message[:limit], 6 * limit))]
    if len(said.message) > limit:
        parts.append('"cut":true')
    if said.how:
        parts.append('"how":"%s"' % said.how)
    kept, out = ends(said.places, *FURTHER) if small else (said.places, 0)
    parts.append('"frames":[%s],"out":%d' % (",".join(map(frame_text, kept)), said.out + out))
    if said.notes:
        parts.append('"notes":[%s]' % ",".join([quoted(note, 1200) for note in said.notes]))
    if not said.how:
        parts.append('"chain":[%s]' % ",".join([described(c, small) for c in (said.chain[:2] if small else said.chain)]))
    if said.members and not small:
        parts.append('"members":%d,"group":[%s]' % (said.members, ",".join([described(m, False) for m in said.group])))
    return "{%s}" % ",".join(parts)


def frame_text(place):
    code, number, more = place
    text = '{"f":%s,"l":%d,"n":%s' % (quoted(path(code.co_filename), 300), number, quoted(code.co_name, 100))
    return text + (',"r":%d}' % more if more else "}")


def members_of(e):
    """Return the exceptions of an ExceptionGroup, which Python 3.11 brought."""
    group = getattr(sys.modules["builtins"], "BaseExceptionGroup", None)
    if group is None or not issubclass(type(e), group):
        return ()
    return group.__dict__["exceptions"].__get__(e)


# Telling


def now():
    return os.times()[4]  # seconds since some moment: times(2)


def kind_of_exception(what, e, tb):
    found = places(tb)
    return what, type_name(type(e)), (found[0][0].co_filename, found[0][1]) if found else None


def tell_exception(what, e, tb, printed="", **fields):
    """Report an exception, unless as many of its kind have been told as may:
    those are counted."""
    tell_said(kind_of_exception(what, e, tb), lambda: gather(e, tb, printed), fields)


def tell_said(key, gathered, fields):
    """Report an exception of a kind, of which gathered() returns what is to be told."""
    thread = get_ident()
    if thread in telling:  # by what went away in here, such as a result that nobody asks for any more
        if len(postponed) < MAX_POSTPONED:
            postponed.append((key, gathered, fields))
        return
    telling.add(thread)
    try:
        tell_at_once(key, gathered, fields)
        for _ in range(MAX_POSTPONED):  # which may be followed by others, without an end
            if postponed:
                tell_at_once(*postponed.pop(0))
    finally:
        telling.discard(thread)


def tell_at_once(key, gathered, fields):
    global exceptions
    if os.getpid() != pid:
        begin_forked()
        write(line("process", name="", **birth()))
    what = key[0]
    if key not in kinds and not may_be_new():
        key = "others"
    kind = kinds.setdefault(key, [0, 0, 0, 0, now()])
    if key != "others" and kind[1] < MAX_ALIKE and exceptions < MAX_EXCEPTIONS:
        exceptions += 1
        number = next(numbers)
        kind[0] = kind[0] or number
        kind[1] += 1
        write(exception_line(number, what, gathered(), fields))
        return
    kind[2] += 1
    if kind[2] >= 2 * kind[3] or now() - kind[4] > 1:
        tell_count(kind)


def may_be_new():
    return len(kinds) < MAX_KINDS and exceptions < MAX_EXCEPTIONS


def exception_line(number, what, said, fields):
    for small in (False, True):
        text = line("exception", n=number, start=born(), what=what, **fields)
        text = '%s,"raised":%s}\n' % (text[:-2], described(said, small))
        if len(text) <= MAX_EXCEPTION:
            break
    return text


def tell_count(kind):
    kind[3:] = kind[2], now()
    write(line("again", n=kind[0], start=born(), count=kind[2]))


def tell_counts():
    """Tell what has been counted since it was told last: the process ends."""
    if os.getpid() == pid:
        for kind in list(kinds.values()):
            if kind[2] > kind[3]:
                tell_count(kind)


def process_failed(process):
    """Called while the exception that ends a process of multiprocessing is handled."""
    _, e, tb = sys.exc_info()
    hide_frames(e)
    task = "" if pool_of(process)[0] else task_of(process)  # a pool's worker has written down which it has
    tell_exception("process", e, tb, name=name_of(process), task=task)


def follow_exit(process, left):
    """Have a SystemExit noted where it leaves run(): the library makes a code of it, and
    prints its message at the most."""
    for cls in attribute(type(process), "__mro__"):
        if "run" in attribute(cls, "__dict__"):
            break
    if type(attribute(cls, "__dict__").get("run")) not in FUNCTIONS or "run" in vars(process):
        return
    run = process.run

    def runs():
        vars(process).pop("run", None)  # the process may be pickled
        try:
            return run()
        except SystemExit as e:
            try:
                left.append(gather(e, traceback_of(e)))
            except Exception:
                pass
            raise

    vars(process)["run"] = runs


def process_left(process, code, left):
    """Tell of the SystemExit of a process that is about to end with a code."""
    if left and isinstance(code, int) and code & 255:
        said = left[0]
        task = "" if pool_of(process)[0] else task_of(process)
        tell_said(("exit", said.type, None), lambda: said, {"name": name_of(process), "task": task})


def thread_failed(thread):
    """Called while the exception that ends a thread is handled."""
    _, e, tb = sys.exc_info()
    if e is None or type(e) is SystemExit:  # which threading says nothing of
        return
    results_lost(e, tb)
    name = vars(thread).get("_name")
    tell_exception("thread", e, tb, name=name_of(this_process()), thread=name if type(name) is str else "", task=task_of_thread(tb))


def results_lost(e, tb):
    """Tell of the calls whose results a Pool's thread would have taken in. It ends by the first
    exception of a worker that cannot be rebuilt here, and what comes after that nobody reads."""
    while tb is not None:
        code = tb.tb_frame.f_code
        if code.co_name == "_handle_results" and tb.tb_frame.f_globals.get("__name__") == "multiprocessing.pool":
            said, why = gather(e, None), ""
            if tb.tb_next is not None and tb.tb_next.tb_frame.f_code.co_name != "_set":  # else it is a callback's
                why = "%s: %s" % (said.type, said.message)
            results = list(snapshot(tb.tb_frame)["cache"].items())
            for job in first((job for job, result in results if not vars(result).get("_items")), MAX_LOST):  # what an imap has may be taken
                tell_result(job=job, all=True, lost=True, why=why)
            return
        tb = tb.tb_next


def result_lost(e, frame):
    """Tell that a Future of a call that runs gets no result, since the pool of its executor is broken:
    why is what the exception comes from, which is there as a text, if a result could not be rebuilt."""
    known = snapshot(frame)
    text = getattr(BaseException.__dict__["__cause__"].__get__(e), "tb", "")
    lines = [part for part in text.splitlines() if part.strip(" '\"")] if ", in recv\n" in text else ()
    queue = inode(known.get("call_queue") or known["self"].call_queue)
    tell_result(queue=queue, job=known["work_id"], lost=True, why=lines[-1] if lines else "")


def task_of_thread(tb):
    """Return the function that a thread ran. Its arguments it has forgotten by now."""
    while tb is not None and tb.tb_frame.f_globals.get("__name__") == "threading":
        tb = tb.tb_next
    return "" if tb is None else tb.tb_frame.f_code.co_name + "()"


def this_process():
    return getattr(sys.modules.get("multiprocessing.process"), "_current_process", None)


def name_of(process):
    name = getattr(process, "__dict__", {}).get("_name")
    return name if type(name) is str else ""


def task_of(process):
    """Return what a process of multiprocessing has to do: its target, or its class."""
    fields = vars(process)
    target = fields.get("_target")
    if target is None:
        return short(process)[1:-1] + ".run()"
    return call(target, fields.get("_args", ()), fields.get("_kwargs"))


# Pools


POOLS = {"multiprocessing.pool": ("worker", "multiprocessing"), "concurrent.futures.process": ("_process_worker", "futures")}


def pool_of(process):
    """Return which library's pool a process is a worker of, and the inode of the
    pipe that its tasks come through; "", 0 for others."""
    target, args = vars(process).get("_target"), vars(process).get("_args", ())
    if type(target) in FUNCTIONS:
        name, pool = POOLS.get(target.__module__, ("", ""))
        if name and target.__name__ == name:
            return pool, inode(args[0])
    return "", 0


def inode(queue):
    return os.fstat(queue._reader.fileno()).st_ino


def worker_locals(frame):
    """Return the variables of the pool's function that called the task which has
    come to this frame; None if there is none."""
    while frame is not None:
        known = POOLS.get(frame.f_globals.get("__name__"))
        if known and frame.f_code.co_name == known[0]:
            return snapshot(frame)
        frame = frame.f_back
    return None


def snapshot(frame):
    """Return a frame's variables, and leave none of them longer alive."""
    variables = frame.f_locals
    found = dict(variables)
    if sys.version_info < (3, 13):  # where the frame would keep the copy: PEP 667
        variables.clear()
    return found


def pool_task(function, args, kwargs):
    """Return a pool's task as its caller knows it, and how many items it is of."""
    name = function_name(function)
    if name in ("mapstar", "starmapstar") and type(function) in FUNCTIONS and function.__module__ == "multiprocessing.pool":
        function, items = args[0][0], args[0][1]
        item = items[0] if name == "starmapstar" else (items[0],)
        return call(function, item, None), len(items)
    if name == "_process_chunk":  # partial(_process_chunk, fn) of concurrent.futures
        return call(function.args[0], args[0][0], None), len(args[0])
    return call(function, args, kwargs), 1


def pool_failed(what, e, tb, printed=""):
    """Called by a wrapper in a worker of a pool, after a task of it has raised."""
    known = worker_locals(sys._getframe(2))
    if known is None:
        return  # the exception was sent here
    if "call_item" in known:
        item = known["call_item"]
        queue, job, i, todo = inode(known["call_queue"]), item.work_id, 0, (item.fn, item.args, item.kwargs)
    else:  # its owner numbers the calls of all its pools
        queue, job, i, todo = 0, known["job"], known["i"], (known["func"], known["args"], known["kwds"])
    try:
        task, items = pool_task(*todo)
    except Exception:
        task, items = "", 1
    current = this_process()
    owner = vars(current).get("_parent_pid") or 0
    tell_exception(
        what, e, tb, printed, name=name_of(current), task=task, items=items,
        owner=owner, queue=queue, job=job, i=i,
    )


def task_raised(_, packed, e, tb):
    """Called when a pool's worker packs an exception to send it to its parent."""
    caller = sys._getframe(2).f_code.co_name
    pool_failed("result" if caller == "_sendback_result" else "task", e, tb, packed.tb)


def result_unpicklable(_, wrapped, e, *args):
    if isinstance(e, BaseException):  # else it is unpickled in the parent
        pool_failed("result", e, traceback_of(e))


# The task that a worker has: written down where muster reads it however the worker ends.

TASKS = HERE + "/tasks"
SLOT, SLOTS = 512, 8192  # bytes of a record, records: the place of one is its pid modulo SLOTS
tasks_fd, tasks_file = -1, None


def open_tasks():
    """Open the file of tasks, which muster has made, out of the program's way."""
    global tasks_fd, tasks_file
    fd = os.open(TASKS, os.O_WRONLY)
    number = 201
    while is_open(number):
        number += 1
    os.dup2(fd, number, False)
    os.close(fd)
    stat = os.fstat(number)
    tasks_fd, tasks_file = number, (stat.st_ino, stat.st_dev)


def write_task(record):
    """Put a record in the place of this process, in one write within a page. The program
    may have closed the descriptor, and have another file of that number."""
    try:
        stat = os.fstat(tasks_fd)
        ours = (stat.st_ino, stat.st_dev) == tasks_file
    except OSError:
        ours = False
    if not ours:
        open_tasks()
    os.pwrite(tasks_fd, record, os.getpid() % SLOTS * SLOT)


def task_record(task):
    """Return the record of a task as it came from the queue."""
    try:
        if type(task) is tuple:  # (job, i, function, args, kwargs)
            text, items = pool_task(*task[2:])
        else:
            text, items = pool_task(task.fn, task.args, task.kwargs)
    except Exception:
        return b"\n"
    return record(text, items)


def record(text, items):
    return ('{"pid":%d,"start":%d,"items":%d,"task":%s}\n' % (os.getpid(), born(), items, quoted_start(text, 400))).encode("ascii")


def quoted_start(text, limit):
    """Return text as a JSON string; what is too long loses its end."""
    kept = []
    for char in text[:limit]:
        char = char if " " <= char <= "~" and char not in '"\\' else escaped(char)
        limit -= len(char)
        if limit < 0:
            break
        kept.append(char)
    return '"%s"' % "".join(kept)


def follow_tasks(process):
    """Have a worker of a pool write down each task that it gets, until it sends the result.

    The two calls are wrapped on the worker's own objects. get() is: what it returns
    is the task. Of put() only the sending is: it fails when the pool is gone, where
    pickling the result fails by the program's doing and shows put()'s frames."""
    if not pool_of(process)[0]:
        return
    source, sink = vars(process)["_args"][:2]
    get, send, worker = source.get, sink._writer.send_bytes, os.getpid()
    open_tasks()

    def got(*args, **kwargs):
        task = get(*args, **kwargs)
        try:
            if task is not None and os.getpid() == worker:
                write_task(task_record(task))
        except Exception:
            pass
        return task

    def sending(*args, **kwargs):
        try:  # before: a task of which the result has arrived is never called lost
            if os.getpid() == worker:
                write_task(b"\n")
        except Exception:
            pass
        return send(*args, **kwargs)

    source.get, sink._writer.send_bytes = dress(got, get), dress(sending, send)


def follow_initializer(process):
    """Have the exception of an executor's initializer told. The worker logs it where nobody
    may listen, and ends with code 0; whether it is to be logged is asked while it is handled."""
    if pool_of(process)[0] != "futures" or vars(process)["_args"][2] is None:
        return
    logger = sys.modules["concurrent.futures._base"].LOGGER
    enabled = logger.isEnabledFor

    def asked(level):
        try:
            if sys._getframe(2).f_code.co_name == "_process_worker":
                initializer_failed(process, snapshot(sys._getframe(2)))
        except Exception:
            pass
        return enabled(level)

    logger.isEnabledFor = dress(asked, enabled)


def initializer_failed(process, known):
    """Tell of the exception of an initializer. Its call is left in the place of a task, so
    that the end of the process is not taken for a good one."""
    _, e, tb = sys.exc_info()
    text = call(known["initializer"], known["initargs"], None)
    write_task(record(text, 1))
    tell_exception("process", e, tb, name=name_of(process), task=text)


def hide_frames(e):
    """Take the agent's frames out of the tracebacks of what is about to be printed."""
    for _ in range(MAX_CHAIN):
        tb = traceback_of(e)
        while tb is not None:
            while tb.tb_next is not None and tb.tb_next.tb_frame.f_globals is globals():
                tb.tb_next = tb.tb_next.tb_next
            tb = tb.tb_next
        e = BaseException.__dict__["__cause__"].__get__(e) or BaseException.__dict__["__context__"].__get__(e)
        if e is None:
            return


# What becomes of a result that is an exception. The program's own calls are not
# wrapped, which would show in the traceback of what they raise: the attributes
# that they read are.

MAX_RESULTS = 2048  # told of by one process
MAX_LOST = 64  # of a Pool that takes none in any more

results = 0  # told of
MISSING = object()


class Watched:
    """An attribute that is kept where it was, in the object's dictionary, and tells
    when it is read or set."""

    def __init__(self, name, read, written):
        self.name, self.read, self.written = name, read, written

    def __get__(self, thing, cls=None):
        if thing is None:
            raise AttributeError(self.name)
        value = thing.__dict__.get(self.name, MISSING)
        if value is MISSING:
            raise AttributeError("%r object has no attribute %r" % (type(thing).__name__, self.name))
        try:
            self.read(thing, value)
        except Exception:
            pass
        return value

    def __set__(self, thing, value):
        thing.__dict__[self.name] = value
        try:
            self.written(thing, value)
        except Exception:
            pass

    def __delete__(self, thing):
        if self.name not in thing.__dict__:
            raise AttributeError(self.name)
        del thing.__dict__[self.name]


def without_missing(name):
    """A __dir__ without a watched attribute that the object does not have yet. A manager
    asks each object that it serves for all that this names."""

    def __dir__(self):
        names = object.__dir__(self)
        return names if name in self.__dict__ else [n for n in names if n != name]

    return __dir__


failed = {}  # results that are exceptions and were not asked for, by id: a weak reference, and what to call when that changes


def watch(thing, kind=None, **fields):
    """Tell when somebody asks for a result that is an exception, or when it goes away
    and nobody has. In the former case the first of its kind is yet to come."""
    global results
    if len(failed) >= MAX_RESULTS:
        results = max(results, MAX_RESULTS)
        tell_result()
        return

    def over(dropped):
        if dropped:
            tell_result(dropped=True, **fields)
        else:
            if kind is not None:
                kind[0] = 0
            tell_result(**fields)

    keep_until(thing, over, False)


def keep_until(thing, over, late):
    """Have over called once: with False when somebody asks for the result, with True when it
    goes away; late: or when the process ends."""
    key, owner = id(thing), os.getpid()

    def gone(_):
        try:
            if failed.pop(key, None) is not None and os.getpid() == owner and not sys.is_finalizing():
                over(True)
        except Exception:
            pass

    failed[key] = sys.modules["weakref"].ref(thing, gone), over, late


def asked(thing):
    """Note that somebody has asked for a result that is an exception."""
    known = failed.pop(id(thing), None)
    if known is not None:
        known[1](False)


def tell_result(**fields):
    global results
    if os.getpid() != pid:
        return  # the pool is that of the parent
    results += 1
    if results <= MAX_RESULTS:
        write(line("fetched", **fields))
    elif results == MAX_RESULTS + 1:
        write(line("fetched", more=True))


def value_read(result, value):
    if result.__dict__.get("_success") is False:
        asked(result)


def value_written(result, value):
    """Called when an ApplyResult has its result, or a MapResult its first exception."""
    if result.__dict__.get("_success") is not False or not isinstance(value, BaseException):
        return
    if not result._pool._wrap_exception:
        thread_failed_task(result, value, *THREAD_TASKS.pop(id(value), NO_TASK), job=result._job, all=True)
        return
    watch(result, job=result._job, all=True)
    task_refused(value, sys._getframe(3))


def task_refused(e, frame):
    """Report an exception that did not come from a worker, but from the thread that
    could not send it the task."""
    if frame.f_code.co_name == "_handle_tasks":
        job, i, *todo = snapshot(frame)["task"]
        tell_refused(e, todo, queue=0, job=job, i=i)


def tell_refused(e, todo, **call):
    try:
        task, items = pool_task(*todo)
    except Exception:
        task, items = "", 1
    name = name_of(this_process())
    tell_exception("arguments", e, traceback_of(e), name=name, task=task, items=items, owner=os.getpid(), **call)


def imap_made(_, iterator, pool, *args):
    iterator._items = items_class(type(iterator._items))(iterator, pool._wrap_exception)


def items_class(deque):
    """Return a class of the items that have come for an imap: the exceptions among
    them are asked for when they are taken out."""
    global Items

    class Items(deque):
        def __init__(self, iterator, of_processes):
            self.job, self.ordered = iterator._job, not type(iterator).__name__.endswith("UnorderedIterator")
            self.of_processes = of_processes
            self.came = self.gone = 0
            self.failing = {}  # the number of the part, or what stands for a thread's result, by the number of the item

        def append(self, item):
            if not item[0]:
                try:
                    caller = sys._getframe(1)
                    part = self.came if self.ordered else caller.f_locals["i"]
                    if self.of_processes:
                        self.failing[self.came] = part
                        task_refused(item[1], caller.f_back)
                    else:
                        self.failing[self.came] = result = Result()
                        thread_failed_task(result, item[1], *THREAD_TASKS.pop(id(item[1]), NO_TASK), job=self.job, i=part)
                except Exception:
                    pass
            self.came += 1
            deque.append(self, item)

        def popleft(self):
            item = deque.popleft(self)
            if self.gone in self.failing:
                try:
                    part = self.failing.pop(self.gone)
                    if self.of_processes:
                        tell_result(job=self.job, i=part)
                    else:
                        asked(part)
                except Exception:
                    pass
            self.gone += 1
            return item

    globals()["items_class"] = lambda deque: Items
    return Items


def future_read(future, e):
    if e is not None and sys._getframe(2).f_code.co_name != "__repr__":
        asked(future)


def future_written(future, e):
    """Called when a Future gets its exception, which for an executor's worker is by
    a thread that knows the number of the call, or by the thread that had the task."""
    if e is None:
        return
    frame = sys._getframe(3)
    module, name = frame.f_globals.get("__name__"), frame.f_code.co_name
    if module == "concurrent.futures.thread" and name == "run":
        item = vars(snapshot(frame)["self"])
        task = item.get("task") or (item["fn"], item["args"], item["kwargs"])  # 3.14 has made one of them
        thread_failed_task(future, e, *task_in_thread(*task), queue=OF_THREADS, job=next(numbers))
    if module != "concurrent.futures.process":
        return
    if type(e).__name__ == "BrokenProcessPool":
        if vars(future).get("_state") == "RUNNING":  # what waits for its turn has not raised
            result_lost(e, frame)
        return
    if name not in ("process_result_item", "_queue_management_worker", "_on_queue_feeder_error"):
        return  # such as a broken pool's
    known = snapshot(frame)
    if name == "_on_queue_feeder_error":
        item, queue = known["obj"], inode(known["self"])
        tell_refused(e, (item.fn, item.args, item.kwargs), queue=queue, job=item.work_id, i=0)
    else:
        item, queue = known["result_item"], inode(known.get("call_queue") or known["self"].call_queue)
    watch(future, queue=queue, job=item.work_id)


# Tasks of threads. Whoever asks for the result gets the exception as it was raised,
# with all of its traceback: it is told only where nobody has asked.

OF_THREADS = 1  # in place of the inode of a pipe
NO_TASK = "", 1, ""
MAX_THREAD_TASKS = 256
THREAD_TASKS = {}  # of a ThreadPool, failed a moment ago: the task, its items and its thread by the id of the exception


class Result:
    """Stands for the result of an imap until somebody takes it out."""


def thread_failed_task(thing, e, task, items, thread, **call):
    """Called when a task of a thread has failed. The first of a kind is told at once,
    and what becomes of its result; another one if that goes away unasked for."""
    fields = {"name": name_of(this_process()), "thread": thread, "task": task, "items": items, "owner": os.getpid()}
    tb = traceback_of(e)
    key = kind_of_exception("thread task", e, tb)
    if key not in kinds and may_be_new():
        kinds[key] = [0, 0, 0, 0, now()]
        told = {k: v for k, v in call.items() if k != "all"}
        tell_said(key, lambda: gather(e, tb), dict(fields, **told))
        watch(thing, kinds[key], **call)
        return
    if len(failed) >= MAX_RESULTS:
        return
    said = gather(e, tb)

    def over(dropped):
        if dropped:
            tell_said(key, lambda: said, dict(fields, owner=0, dropped=True))

    keep_until(thing, over, True)


def task_in_thread(function, args, kwargs):
    """Return what this thread was given to do, of how many items that is, and its name."""
    try:
        task, items = pool_task(function, args, kwargs)
    except Exception:
        task, items = "", 1
    thread = sys.modules["threading"]._active.get(get_ident())
    name = getattr(thread, "__dict__", {}).get("_name")
    return task, items, name if type(name) is str else ""


def tell_unasked():
    """Tell of the results of threads that nobody will ask for: the process ends."""
    if os.getpid() != pid:
        return
    for key, (_, over, late) in list(failed.items()):
        if late and failed.pop(key, None) is not None:
            over(True)


def thread_pool_made(_, pool):
    """Have the exceptions of a ThreadPool pass by here, on their way out of the thread that knows the task."""
    pool._outqueue = results_class(type(pool._outqueue))()  # nobody has it yet
    pool._quick_get = pool._outqueue.get


def results_class(queue):
    """Return a class of what the results of a ThreadPool come through."""

    class Results(queue):
        def put(self, result, *args, **kwargs):
            try:
                if type(result) is tuple and not result[2][0]:
                    known = snapshot(sys._getframe(1))
                    while len(THREAD_TASKS) >= MAX_THREAD_TASKS:  # of parts of a map of which one had failed already
                        THREAD_TASKS.pop(next(iter(THREAD_TASKS)))
                    THREAD_TASKS[id(result[2][1])] = task_in_thread(known["func"], known["args"], known["kwds"])
            except Exception:
                pass
            return queue.put(self, result, *args, **kwargs)

    globals()["results_class"] = lambda queue: Results
    return Results


# What is lost without a result

AT_EXIT = "atexit "


def loop_told(loop, context):
    """Called with what a loop of asyncio tells its handler of exceptions: unless the
    program has one of its own, it is logged at the most."""
    e = context.get("exception")
    if vars(loop).get("_exception_handler") is not None or not isinstance(e, BaseException):
        return
    message = context.get("message")
    what, where, task = "ignored", message[:200] if type(message) is str else "", ""
    if where.endswith("exception was never retrieved"):
        what, where = "never retrieved", ""
        task = coroutine_of(context.get("task") or context.get("future"))
    tell_exception(what, e, traceback_of(e), name=name_of(this_process()), task=task, where=where)


def coroutine_of(task):
    """Return the function of a task of asyncio, "" for a future."""
    if type(task).__module__ in ("_asyncio", "asyncio.tasks") and hasattr(task, "get_coro"):
        name = getattr(task.get_coro(), "__qualname__", "")
        return name[:100] + "()" if type(name) is str and name else ""
    return ""


def at_exit_failed(function):
    """Called while the exception of a function of atexit is handled, of which Python will
    print what is left below the agent's frame. It prints that itself, and returns True, where
    nothing is: the function could not be called."""
    _, e, tb = sys.exc_info()
    tell_exception("ignored", e, tb, name=name_of(this_process()), where=AT_EXIT + function_name(function))
    if tb.tb_next is None:
        import traceback

        sys.stderr.write("Error in atexit._run_exitfuncs:\n")
        traceback.print_exception(type(e), e, None)
        return True
    BaseException.__dict__["__traceback__"].__set__(e, tb.tb_next)
    return False


def put_refused(e, thing):
    """Called when the thread of a queue has dropped what it could not pickle."""
    name = name_of(this_process())
    tell_exception("queue", e, traceback_of(e), name=name, where="put(%s)" % short(thing))


def ignored(args):
    """Called with what sys.unraisablehook is called with."""
    if isinstance(args.exc_value, BaseException):
        where = function_name(args.object) if args.object is not None else ""
        if (args.err_msg or "").startswith("Exception ignored in atexit callback"):
            where = AT_EXIT + where  # which is not known since 3.13
        tell_exception("ignored", args.exc_value, args.exc_traceback, name=name_of(this_process()), where=where)
