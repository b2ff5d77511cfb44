# The worker that calls a Python function for items. muster gives it to the
# interpreter in descriptor 3, behind a few counters that both can see; see
# python.go, which speaks the other end of the protocol. It has to be readable by
# any Python, so that one that is too old can say so.
import importlib
import json
import os
import signal
import struct
import sys
import time
import traceback

try:
    import importlib.util
except ImportError:
    pass  # it is too old, as main says

COUNTERS = 8  # of 64 bits each: items begun, items finished, "fork another", "a child came back"
BEGUN, FINISHED, AGAIN, BACK = 0, 1, 2, 3

FLUSH_AFTER = 0.005  # seconds that a result may wait for others
LONG = 0.001  # an item that takes longer is answered at once
FIXED = frozenset([str, int, float, bool, type(None)])  # results that cannot be changed any more
MOST_TEXT = 100000  # characters of a message or a traceback
STAR = "--star makes the parts of an item its arguments"


class Fatal(Exception):
    """No item can be worked on; args are the message, a traceback and a hint."""


class Worker(object):
    def __init__(self, config, own, users):
        self.config = config
        self.own = own  # names of the modules that were imported for it
        self.shadowed = {}  # of those and of Python's, the ones whose names the user's have too, and where
        for name, module in users.items():  # imported by now, as by a .pth file
            if "." not in name and name in getattr(sys, "stdlib_module_names", ()):
                self.shadowed[name] = getattr(module, "__file__", None) or name
        self.counters = None
        self.items = os.dup(0)  # neither is inherited by what the function starts
        self.answers = os.dup(1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        os.dup2(2, 1)  # what the function prints must not come among the answers
        self.function = None
        self.buffer = b""
        self.done = 0  # items of this process
        self.results = []
        self.texts = {}  # the JSON of those that the function might change yet, by their place
        self.times = []
        self.flushed = 0.0

    def send(self, kind, body):
        data = struct.pack("<I", len(body) + 1) + kind + body
        while data:
            data = data[os.write(self.answers, data):]

    def fatal(self, message, trace="", hint=""):
        self.send(b"F", json.dumps({"message": message[:MOST_TEXT], "traceback": trace[-MOST_TEXT:], "hint": hint}).encode())

    # Finding the function.

    def load(self):
        """Imports what is needed and returns nothing; Fatal if it cannot be."""
        self.function = self.find(self.config["function"])

    def initialize(self):
        name = self.config.get("initializer")
        if name:
            function = self.find(name)
            try:
                function()
            except BaseException as e:
                raise Fatal("cannot start a worker: the initializer %s failed: %s" % (name, say(e)), trace_of(e, 1))

    def find(self, spec):
        where, _, name = spec.rpartition(":")
        module = self.module(where)
        found = module
        for part in name.split("."):
            if not hasattr(found, part):
                raise Fatal("cannot call %r: %s has no such function%s" % (name, where, nearest(part, found)))
            found = getattr(found, part)
        if not callable(found):
            raise Fatal("cannot call %r: in %s that is %s" % (name, where, a_type(found)))
        return found

    def module(self, where):
        try:
            if not where.endswith(".py"):
                if "" not in sys.path:
                    sys.path.insert(0, "")
                self.forget_shadowed()
                return importlib.import_module(where)
            path = os.path.abspath(where)
            name = os.path.splitext(os.path.basename(path))[0]
            if name in sys.modules and getattr(sys.modules[name], "__file__", None) == path:
                return sys.modules[name]
            if not os.path.exists(path):
                raise Fatal("cannot import %s: there is no such file" % where)
            sys.path.insert(0, os.path.dirname(path))
            self.forget_shadowed()
            spec = importlib.util.spec_from_file_location(name, path)
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
            return module
        except Fatal:
            raise
        except BaseException as e:
            trace = trace_of(e, 1, ("importlib",))
            raise Fatal("cannot import %s: %s" % (where, say(e)), trace, self.in_the_way(trace))

    def forget_shadowed(self):
        """Has the user's own module of a name imported where the user would get it
        without this worker, which has imported Python's own of that name."""
        for name in sorted(self.own):
            if name.partition(".")[0] in self.shadowed:
                continue  # it has been
            before = standing_before(name) if "." not in name else ""
            if before:
                self.shadowed[name] = before
        for name in sorted(self.own):
            if name.partition(".")[0] in self.shadowed:
                sys.modules.pop(name, None)
                self.own.discard(name)

    def in_the_way(self, trace):
        """Names a module of the user's that was imported, or was to be, where one of
        Python's own may be expected."""
        for name, path in sorted(self.shadowed.items()):
            if name in sys.modules or path in trace:
                return "%s stands in the place of Python's own module of that name" % path
        return ""

    # Working on items.

    def run(self, most, exact):
        """Works on chunks until there are no more, or on so many items (0: all).
        With exact nothing is read beyond the last chunk. Returns whether there
        may be more."""
        info = {"pid": os.getpid(), "version": sys.version.split()[0], "executable": sys.executable or ""}
        self.send(b"Y", json.dumps(info).encode())
        while True:
            chunk = self.next_chunk(exact)
            if chunk is None:
                return False
            self.work(json.loads(chunk))
            if exact or not self.complete():
                self.flush()
            if most and self.done >= most:
                self.flush()
                return True

    def next_chunk(self, exact):
        head = self.take(4, exact)
        if head is None:
            return None
        return self.take(struct.unpack("<I", head)[0], exact)

    def take(self, n, exact):
        if len(self.buffer) < n:
            parts, have = [self.buffer], len(self.buffer)
            while have < n:
                data = os.read(self.items, n - have if exact else max(65536, n - have))
                if not data:
                    return None
                parts.append(data)
                have += len(data)
            self.buffer = b"".join(parts)
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def complete(self):
        """Whether a whole chunk has been read already."""
        b = self.buffer
        return len(b) >= 4 and len(b) - 4 >= struct.unpack("<I", b[:4])[0]

    def work(self, items):
        function, counters, star = self.function, self.counters, self.config["star"]
        clock, process, own = time.perf_counter, os.getpid, os.getpid()
        results, times = self.results, self.times
        for item in items:
            counters[BEGUN] += 1
            before = clock()
            try:
                if not star:
                    result = function(item)
                elif isinstance(item, dict):
                    result = function(**item)
                elif isinstance(item, list):
                    result = function(*item)
                else:
                    result = function(item)
            except BaseException as e:
                took = clock() - before
                if process() != own:
                    self.end_child(e)
                self.flush()
                advice = self.check_call(item) if e.__traceback__.tb_next is None else ""
                self.failed(took, kind_of(e), text_of(e) + advice, trace_of(e, 1))
                counters[FINISHED] += 1
                continue
            after = clock()
            if process() != own:
                self.end_child()
            keeps = type(result) in FIXED or self.write_down(result)
            results.append(result)
            times.append(after - before)
            counters[FINISHED] += 1
            if not keeps or after - before > LONG or after - self.flushed > FLUSH_AFTER:
                self.flush()
        self.done += len(items)

    def write_down(self, result):
        """Takes a result as it is now: the function may hold on to it, and change it
        for its next item. False if it is no JSON, which flush tells."""
        try:
            self.texts[len(self.results)] = encoder.encode(result)
        except BaseException:
            return False
        return True

    def end_child(self, e=None):
        """Ends a process that the function has forked and that came back from it. It
        is no worker: what it answered would be taken for the answer of its parent."""
        if isinstance(e, SystemExit):
            code = e.code if isinstance(e.code, int) else 1 if e.code else 0
        else:
            code = 0 if e is None else 1
            if not self.counters[BACK]:  # once is enough
                self.counters[BACK] = 1
                name = self.config["function"]
                sys.stderr.write("muster: a process that %s has forked came back from it, and was ended; os._exit(0) ends it there\n" % name)
                sys.stderr.write("" if e is None else trace_of(e, 1))
        finish()
        os._exit(code & 255)

    def check_call(self, item):
        """What to do if a call has failed before the function began, since the parts
        of an item are meant to be its arguments. Fatal if all items are like this
        one; those that are JSON may be anything."""
        if self.config["star"] or not isinstance(item, list):
            return ""
        try:
            import inspect

            signature = inspect.signature(self.function)
        except Exception:
            return ""  # it does not tell what it takes
        if binds(signature, item) or not binds(signature, *item):
            return ""
        if self.config["json"]:
            return "; " + STAR
        name = self.config["function"].rpartition(":")[2]
        raise Fatal("cannot call %s%s: each item is a list of %d" % (name, signature, len(item)), "", STAR)

    def failed(self, took, kind, message, trace=""):
        error = {"type": kind, "message": message[:MOST_TEXT], "traceback": trace[-MOST_TEXT:]}
        self.send(b"E", struct.pack("<f", took) + json.dumps(error).encode())

    def flush(self):
        """Answers what has been worked on."""
        results, times = self.results, self.times
        if results:
            try:
                body = self.body()
            except BaseException:
                body = None
            if body is not None and len(body) <= self.config["max_result"]:
                self.answer(times, body)
            else:
                self.one_by_one()
            del results[:], times[:]
            self.texts.clear()
        self.flushed = time.perf_counter()

    def body(self):
        if not self.texts:
            return encode(self.results)
        texts = (self.texts.get(i) or encoder.encode(r) for i, r in enumerate(self.results))
        return ("[" + ",".join(texts) + "]").encode()

    def answer(self, times, body):
        self.send(b"R", struct.pack("<I%df" % len(times), len(times), *times) + body)

    def one_by_one(self):
        for i, (result, took) in enumerate(zip(self.results, self.times)):
            try:
                body = ("[" + (self.texts.get(i) or encoder.encode(result)) + "]").encode()
            except BaseException as e:
                self.failed(took, "not JSON", "its result, %s, cannot be written as JSON: %s" % (a_type(result), text_of(e)))
                continue
            if len(body) - 2 > self.config["max_result"]:
                self.failed(took, "too large", "its result, %s, has %d bytes as JSON, and may have %d (--max-result)" % (
                    a_type(result), len(body) - 2, self.config["max_result"]))
                continue
            self.answer([took], body)


encoder = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


def encode(values):
    return encoder.encode(values).encode()


def standing_before(name):
    """The file of a module of the user's that stands before Python's own of a name,
    "" if none: in a directory that is looked through before that of os."""
    home = os.path.dirname(os.__file__)
    for directory in sys.path:
        if os.path.abspath(directory) == home:
            break
        path = os.path.abspath(os.path.join(directory, name))
        for file in (path + ".py", os.path.join(path, "__init__.py")):
            if os.path.exists(file):
                return file
    return ""


def binds(signature, *args):
    """Whether a function with the signature can be called with these."""
    try:
        signature.bind(*args)
    except TypeError:
        return False
    return True


def a_type(value):
    name = type(value).__name__
    return ("an " if name[:1].lower() in "aeiou" else "a ") + name


def kind_of(e):
    t = type(e)
    if t.__module__ in ("builtins", "exceptions", "__main__"):
        return t.__name__
    return t.__module__ + "." + t.__name__


def text_of(e):
    try:
        return str(e)
    except BaseException:
        return "(its message cannot be read)"


def say(e):
    text = text_of(e)
    return kind_of(e) + (": " + text if text else "")


def trace_of(e, skip, beneath=()):
    """The traceback without the first frames, which are this worker's, and those
    of packages beneath."""
    tb = e.__traceback__
    while tb is not None and (skip > 0 or any(b in tb.tb_frame.f_code.co_filename for b in beneath)):
        tb = tb.tb_next
        skip -= 1
    if tb is None and e.__cause__ is None and e.__context__ is None:
        return ""
    try:
        return "".join(traceback.format_exception(type(e), e, tb))
    except BaseException:
        return ""


def nearest(name, module):
    names = [n for n in dir(module) if not n.startswith("_") and callable(getattr(module, n, None))]
    try:
        import difflib

        close = difflib.get_close_matches(name, names, 1)
    except Exception:
        close = []  # a module of the user's stands in the way
    if close:
        return "; did you mean %r?" % close[0]
    if names:
        return "; it has %s" % ", ".join(names[:10])
    return ""


def serve(worker):
    """Works, in this process or in one after the other that it forks."""
    config = worker.config
    method, most = config["start_method"], config["max_tasks"]
    if method == "spawn":
        worker.load()
        worker.initialize()
        worker.run(0, False)
        return
    if method == "fork":
        worker.load()
    while True:
        worker.counters[AGAIN] = 0
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                attempt(worker, lambda: child(worker, most))
                code = 0
            finally:
                finish()
                os._exit(code)
        status = os.waitpid(pid, 0)[1]
        if status != 0:
            die_like(status)
        if not worker.counters[AGAIN]:
            return


def child(worker, most):
    worker.load()
    worker.initialize()
    if worker.run(most, most > 0):
        worker.counters[AGAIN] = 1


def die_like(status):
    """Ends as the forked process has ended."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            import resource

            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.signal(number, signal.SIG_DFL)
        except (ImportError, ValueError, OSError):
            pass
        os.kill(os.getpid(), number)
        time.sleep(1)
        os._exit(128 + number)
    os._exit(os.WEXITSTATUS(status))


def finish():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def attempt(worker, f):
    try:
        f()
    except Fatal as e:
        worker.fatal(*e.args)
    except BrokenPipeError:
        pass  # muster has gone


def main(config, memory, own, users):
    worker = Worker(config, own, users)
    if sys.version_info < (3, 8):
        worker.fatal("%s is Python %s; 3.8 or later is needed" % (sys.executable, sys.version.split()[0]))
        return
    worker.counters = memoryview(memory)[:8 * COUNTERS].cast("Q")
    try:
        sys.stdout.reconfigure(line_buffering=True)
    except (AttributeError, ValueError):
        pass
    sys.argv = [config["function"].rpartition(":")[0]]
    attempt(worker, lambda: serve(worker))
    finish()
