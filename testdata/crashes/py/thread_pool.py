"""A task of a thread of a pool raises: its result is asked for ("asked"), thrown away
("gone"), or kept by a program that goes on and on ("kept"). The first argument is the
pool: ThreadPoolExecutor ("executor") or multiprocessing's ThreadPool ("pool")."""
import concurrent.futures
import multiprocessing.pool
import sys
import threading

import truth


def resize(path):
    raise OSError("no such picture")  # <- raise


pool, what = sys.argv[1:3]
if what != "asked":
    thread = "resizer_0" if pool == "executor" else "Thread-"
    truth.crash("exception", lives=True, type="OSError", headline=["OSError", "no such picture"],
                frames=[truth.at("raise", "resize")], task="resize('a.jpg')", thread=thread, handled=False,
                notes=["nobody has asked for this result"])
if pool == "executor":
    executor = concurrent.futures.ThreadPoolExecutor(1, "resizer")
    result = executor.submit(resize, "a.jpg")
    concurrent.futures.wait([result])
    ask = result.result
else:
    result = multiprocessing.pool.ThreadPool(1).apply_async(resize, ("a.jpg",))
    result.wait()
    ask = result.get
if what == "asked":
    try:
        ask()
    except OSError as e:
        print("skipped:", e)
    truth.reached()
if what == "gone":
    del result, ask
if what == "kept":
    truth.stays()
    threading.Event().wait(600)
