"""Five threads fail at the same moment: they print as Python does ("once"), or each the second
half of its traceback after the first half of all ("torn"). Each is told once, and so is one
that fails just before the program ends itself with a message ("left")."""
import sys
import threading
import traceback

import truth

THREADS = 5
together = threading.Barrier(THREADS)


def poll(n):
    together.wait()
    raise ValueError("in poll %d" % n)  # <- poll


def last():
    raise ValueError("in the last one")  # <- last


def torn(args):
    lines = traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)
    sys.stderr.write("Exception in thread %s:\n%s" % (args.thread.name, "".join(lines[:2])))
    together.wait()
    sys.stderr.write("".join(lines[2:]))


def fails(function, *args):
    place = truth.at(function.__name__, function.__name__)
    truth.crash("exception", lives=True, certainty="certain", type="ValueError", frames=[place], not_headline=["not known"],
                headline=["ValueError: in %s, at" % ("poll %d" % args if args else "the last one")])
    return threading.Thread(target=function, args=args)


threads = [fails(last)] if sys.argv[1] == "left" else [fails(poll, n) for n in range(THREADS)]
if sys.argv[1] == "torn":
    threading.excepthook = torn
for t in threads:
    t.start()
for t in threads:
    t.join()
if sys.argv[1] == "left":
    truth.crash("exit", code=1, headline=["exit 1, last on stderr: no feed is left"])
    sys.exit("no feed is left")
print("went on without them")
