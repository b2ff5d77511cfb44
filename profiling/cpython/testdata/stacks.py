# Threads that wait at known places, and the truth about them: each prints no
# more than it needs to get there, then the main thread prints what
# sys._current_frames says of all of them, as JSON, and waits for the reader.
import asyncio, json, sys, threading, time

gate = threading.Lock()
gate.acquire()
places = []


def arrive():
    places.append(threading.get_ident())
    gate.acquire()
    gate.release()


def deep(n):
    if n:
        return deep(n - 1)
    arrive()


def generator():
    yield 1
    for _ in [0]:
        yield from inner()


def inner():
    arrive()
    yield 2


async def awaited():
    await asyncio.sleep(0)
    arrive()


async def outer():
    async with Context():
        pass


class Context:
    async def __aenter__(self):
        return await awaited()

    async def __aexit__(self, *args):
        pass


def wide():
    # A call over many lines, in a function with a long gap.
    return max(



        1,
        (lambda: (
            arrive() or 1))(),
        key=lambda x:
            x)


def sorting():
    return sorted([2, 1], key=lambda x:
                  arrive() or x)


def comprehension():
    try:
        raise ValueError
    except ValueError:
        return [arrive() for _ in range(1)]


class Ünïcødé:
    def __del__(self):
        self.méthode()

    def méthode(self): exec("\n\n\narrive()", globals())


def finalizer():
    u = Ünïcødé()
    del u


def c_on_top():
    # A call of C that takes long and is not a wait of Python's.
    places.append(threading.get_ident())
    with open(sys.argv[1]) as pipe:
        pipe.read()


class Box:
    def __init__(self, last):
        if last:
            arrive()


def constructor():
    # Hot enough for a call of __init__ without C in between (3.12 and later).
    for i in range(200):
        Box(i == 199)


targets = [
    constructor, arrive, lambda: deep(200), lambda: list(generator()), lambda: asyncio.run(outer()),
    wide, sorting, comprehension, finalizer, c_on_top,
]
for f in targets:
    threading.Thread(target=f, daemon=True).start()
while len(places) < len(targets):
    time.sleep(0.001)


def reached():
    # Each is at its wait when its innermost frames no longer change.
    return {ident: stack(frame) for ident, frame in sys._current_frames().items()}


def stack(frame):
    out = []
    while frame:
        out.append([frame.f_code.co_filename, frame.f_code.co_name, frame.f_lineno])
        frame = frame.f_back
    return out


def report():
    names = {t.ident: getattr(t, 'native_id', 0) for t in threading.enumerate()}
    before = None
    while True:
        now = reached()
        quiet = {i: s for i, s in now.items() if i != threading.get_ident()}
        if quiet == before:
            break
        before = quiet
        time.sleep(0.05)
    main = stack(sys._getframe())
    print(json.dumps([[names[i], s] for i, s in quiet.items()]), flush=True)
    sys.stdin.readline()


report()
gate.release()
sys.stdout.flush()
import os
os._exit(0)
