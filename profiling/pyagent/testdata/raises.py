"""Loses exceptions in every way, and says for each what is to be known of it, as
JSON: {"what", "type", "message", "line", "function", "process", "task", ...}."""

import asyncio
import atexit
import gc
import json
import logging
import multiprocessing as mp
import os
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, wait
from multiprocessing.pool import ThreadPool


class Own(Exception):
    """Tells its message itself."""

    def __str__(self):
        return "own " + str(self.args[0])



def say(what, kind, message, place, process, task, **more):
    line, function = place or (0, "")
    print(json.dumps(dict(what=what, type=kind, message=message, line=line, function=function, process=process, task=task, **more)), flush=True)


def fail(message, more=None):
    raise ValueError(message)


FAILS = fail.__code__.co_firstlineno + 1, "fail"


def follow(message):
    try:
        raise KeyError(message)
    except KeyError as e:
        raise Own(message) from e


FOLLOWS = follow.__code__.co_firstlineno + 4, "follow"


def again(message):
    raise OSError(message)


AGAIN = again.__code__.co_firstlineno + 1, "again"


def begin(message):
    """Raise in a worker, which says so before it ends by that."""
    say("process", "ValueError", message, FAILS, mp.current_process().name, "begin(%r)" % message)
    fail(message)


def stop(message):
    """End a Pool's worker by what that does not catch. Which task it had is written down elsewhere."""
    say("process", "KeyboardInterrupt", message, STOPS, mp.current_process().name, "")
    raise KeyboardInterrupt(message)


STOPS = stop.__code__.co_firstlineno + 3, "stop"


def unpicklable(message):
    return lambda: message


def leave(code):
    sys.exit(code)


LEAVES = leave.__code__.co_firstlineno + 1, "leave"


class Rough:
    def __del__(self):
        raise ValueError("in del")


DEL = Rough.__del__.__code__.co_firstlineno + 1, "__del__"


def attempt(call, *args):
    try:
        call(*args)
    except Exception:
        return
    raise AssertionError("nothing was raised")


def processes():
    p = mp.Process(target=fail, args=("in process",), kwargs={"more": [1, {"a": 2}]}, name="Anna")
    p.start()
    p.join()
    say("process", "ValueError", "in process", FAILS, "Anna", "fail('in process', more=[1, {'a': 2}])")
    for code in (0, 256, 3, "no room", True):
        p = mp.Process(target=leave, args=(code,), name="Carl")
        p.start()
        p.join()
        if p.exitcode:
            say("exit", "SystemExit", str(code), LEAVES, "Carl", "leave(%r)" % (code,))


def threads():
    for target, args in ((fail, ("in thread",)), (leave, (4,))):
        t = threading.Thread(target=target, args=args, name="Berta")
        t.start()
        t.join()
    say("thread", "ValueError", "in thread", FAILS, "MainProcess", "fail()", thread="Berta")


def pool():
    with mp.Pool(1) as pool:
        name = pool._pool[0].name
        attempt(pool.apply, fail, ("pool apply",))
        say("task", "ValueError", "pool apply", FAILS, name, "fail('pool apply')", items=1, fetched=True)
        attempt(pool.map, fail, ["pool map"] * 3, 3)
        say("task", "ValueError", "pool map", FAILS, name, "fail('pool map')", items=3, fetched=True)
        attempt(pool.starmap, fail, [("pool starmap", 1)])
        say("task", "ValueError", "pool starmap", FAILS, name, "fail('pool starmap', 1)", items=1, fetched=True)
        attempt(list, pool.imap(follow, ["pool imap"]))
        say("task", "Own", "own pool imap", FOLLOWS, name, "follow('pool imap')", items=1, fetched=True, cause="KeyError")
        attempt(pool.apply, unpicklable, ("pool result",))
        say("result", None, None, None, name, "unpicklable('pool result')", items=1, fetched=True)
        kept_pool(pool, name)


def kept_pool(pool, name):
    """Results that somebody has asked for, or nobody."""
    done = threading.Event()
    pool.apply_async(follow, ("callback",), error_callback=lambda e: done.set())
    done.wait()
    say("task", "Own", "own callback", FOLLOWS, name, "follow('callback')", items=1, fetched=True, cause="KeyError")
    result = pool.apply_async(follow, ("kept",))
    result.wait()
    result.ready(), result.successful(), repr(result)
    say("task", "Own", "own kept", FOLLOWS, name, "follow('kept')", items=1, fetched=False, cause="KeyError")
    gone = pool.apply_async(follow, ("gone",))
    gone.wait()
    del gone
    say("task", "Own", "own gone", FOLLOWS, name, "follow('gone')", items=1, fetched=False, dropped=True, cause="KeyError")
    found = pool.imap_unordered(again, ["taken", "left"])
    attempt(next, found)
    attempt(pool.apply, again, ("after",))
    for message, fetched in (("taken", True), ("left", False), ("after", True)):
        say("task", "OSError", message, AGAIN, name, "again(%r)" % message, items=1, fetched=fetched)
    attempt(pool.apply, fail, (Rough.__del__, lambda: 0))
    say("arguments", None, None, None, "MainProcess", "fail(Rough.__del__, kept_pool.<locals>.<lambda>)", items=1, fetched=True)
    keep.extend((result, found))


keep = []


def queue():
    queue = mp.Queue()
    queue.put({"no": threading.Lock()})
    queue.put(1)
    queue.get()  # the other was dropped
    say("queue", None, None, None, "MainProcess", "", where="put({'no': <lock>})")
    with mp.Pool(1) as pool:
        worker = pool._pool[0]
        pool.apply_async(stop, ("stopped",))
        worker.join()

    rough = Rough()
    del rough
    say("ignored", "ValueError", "in del", DEL, "MainProcess", "", where="Rough.__del__")


def begin_well(initializer, initargs):
    """Log what is caught, as a worker logs what it is ended by."""
    try:
        initializer(*initargs)
    except ValueError:
        logging.getLogger("concurrent.futures").critical("caught", exc_info=True)


def executor():
    with ProcessPoolExecutor(1, initializer=begin_well, initargs=(fail, ("caught",))) as executor:
        future = executor.submit(fail, "submitted", more=None)
        attempt(future.result)
        name = [p.name for p in executor._processes.values()][0]
        say("task", "ValueError", "submitted", FAILS, name, "fail('submitted', more=None)", items=1, fetched=True)
        attempt(list, executor.map(follow, ["chunk", "chunk"], chunksize=2))
        say("task", "Own", "own chunk", FOLLOWS, name, "follow('chunk')", items=2, fetched=True, cause="KeyError")
        attempt(executor.submit(unpicklable, "future").result)
        say("result", None, None, None, name, "unpicklable('future')", items=1, fetched=True)
        attempt(executor.submit(fail, lambda: 0).result)
        say("arguments", None, None, None, "MainProcess", "fail(executor.<locals>.<lambda>)", items=1, fetched=True)
        asked, kept, gone = (executor.submit(again, message) for message in ("asked", "kept future", "gone future"))
        wait((asked, kept, gone))
        repr(kept), kept.done(), asked.exception()
        del gone
        for message, fetched in (("asked", True), ("kept future", False), ("gone future", False)):
            say("task", "OSError", message, AGAIN, name, "again(%r)" % message, items=1, fetched=fetched, dropped=message.startswith("gone"))
        keep.append(kept)
    with ProcessPoolExecutor(1, initializer=begin, initargs=("begun",)) as executor:
        attempt(executor.submit(int).result)


def thread_task(kind, message, place, task, thread, items=1, **more):
    say("thread task", kind, message, place, "MainProcess", task, thread=thread, items=items, **more)


def thread_pool():
    """Of what somebody asks for only the first of a kind is told."""
    with ThreadPool(1) as pool:
        name = pool._pool[0].name
        attempt(pool.apply, fail, ("tp asked",))
        thread_task("ValueError", "tp asked", FAILS, "fail('tp asked')", name, fetched=True)
        attempt(pool.apply, fail, ("tp asked again",))
        attempt(pool.map, fail, ["tp map"] * 3, 3)
        attempt(list, pool.imap(fail, ["tp imap"]))
        done = threading.Event()
        pool.apply_async(fail, ("tp callback",), error_callback=lambda e: done.set())
        done.wait()
        gone = pool.apply_async(fail, ("tp gone",), {"more": 1})
        gone.wait()
        del gone
        thread_task("ValueError", "tp gone", FAILS, "fail('tp gone', more=1)", name, fetched=False, dropped=True)
        gone = pool.map_async(follow, ["tp map gone"] * 4, 2)
        gone.wait()
        del gone
        thread_task("Own", "tp map gone", FOLLOWS, "follow('tp map gone')", name, items=2, fetched=False, dropped=True, cause="KeyError")
        found = pool.imap_unordered(again, ["tp taken", "tp left"])
        attempt(next, found)
        pool.apply(len, ([],))
        thread_task("OSError", "tp taken", AGAIN, "again('tp taken')", name, fetched=True)
        del found
        thread_task("OSError", "tp left", AGAIN, "again('tp left')", name, fetched=False, dropped=True)
        kept = pool.apply_async(fail, ("tp kept",))
        kept.wait()
        repr(kept), kept.ready(), kept.successful()
        thread_task("ValueError", "tp kept", FAILS, "fail('tp kept')", name, fetched=False, dropped=True)
        keep.append(kept)
        assert pool.map(abs, range(3)) == [0, 1, 2]


def rest(message):
    raise LookupError(message)


RESTS = rest.__code__.co_firstlineno + 1, "rest"


def thread_executor():
    with ThreadPoolExecutor(1, "Clara") as executor:
        kept = executor.submit(rest, "te kept")
        wait((kept,))
        repr(kept), kept.done()
        thread_task("LookupError", "te kept", RESTS, "rest('te kept')", "Clara_0", fetched=False)
        keep.append(kept)
        attempt(executor.submit(rest, "te asked").result)
        attempt(list, executor.map(rest, ["te map"]))
        assert type(executor.submit(rest, message="te exception").exception()) is LookupError
        wait((executor.submit(rest, message="te gone"),))
        thread_task("LookupError", "te gone", RESTS, "rest(message='te gone')", "Clara_0", fetched=False, dropped=True)
        assert executor.submit(abs, -1).result() == 1

        async def main():
            try:
                await asyncio.get_running_loop().run_in_executor(executor, rest, "te awaited")
            except LookupError:
                pass

        asyncio.run(main())


async def late(message):
    again(message)


def loop():
    """Tasks that nobody awaits, and those that somebody does."""

    async def main():
        for message in ("task", "awaited", "asked"):
            task = asyncio.ensure_future(late(message))
            await asyncio.wait([task])
            if message == "awaited":
                attempt(task.result)
            if message == "asked":
                task.exception()
        future = asyncio.get_running_loop().create_future()
        future.set_exception(OverflowError("future"))
        del future, task
        gc.collect()

    asyncio.run(main())
    say("never retrieved", "OSError", "task", AGAIN, "MainProcess", "late()")
    say("never retrieved", "OverflowError", "future", None, "MainProcess", "")

    async def handled():
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        await asyncio.wait([asyncio.ensure_future(late("handled"))])
        gc.collect()

    asyncio.run(handled())


def last():
    raise OSError("at exit")


def at_exit():
    name = "" if sys.version_info >= (3, 13) else "last"
    say("ignored", "OSError", "at exit", (last.__code__.co_firstlineno + 1, "last"), "MainProcess", "", where="atexit " + name)
    for function in (last, gc.collect, fail, os.remove):
        atexit.register(function)
    for function in (fail, os.remove):
        atexit.unregister(function)


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    for part in (processes, threads, pool, executor, queue, thread_pool, thread_executor, loop, at_exit):
        part()
