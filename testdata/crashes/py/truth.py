"""What the Python programs of the crash corpus share: see ../README.md.

A program says what it is about to do wrong (crash), or that it has done what
only looks wrong (reached), each as one line of JSON in the file $TRUTH.
"""

import json
import multiprocessing
import os
import sys

PATH = os.environ.get("TRUTH", "/dev/stdout")
NOT_HERE = 77


def _write(line):
    # One write, so that the lines of several processes stay whole.
    fd = os.open(PATH, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(fd, (json.dumps(line) + "\n").encode())
    finally:
        os.close(fd)


def crash(cause, **what):
    """Says that this process, or the one of pid=, is about to end so."""
    what.setdefault("pid", os.getpid())
    what["cause"] = cause
    _write({"crash": what})


def reached():
    """Says that the program has come as far as it should."""
    _write({"reached": True})


def stays():
    """Says that the program will not end by itself."""
    _write({"stays": True})


def at(mark, function, source=None):
    """Returns the place of the line that ends in "# <- mark", as in "a.py:7 work"."""
    source = source or os.path.abspath(sys._getframe(1).f_code.co_filename)
    with open(source) as f:
        lines = [n for n, line in enumerate(f, 1) if line.rstrip().endswith("# <- " + mark)]
    assert len(lines) == 1, (source, mark, lines)
    return "%s:%d %s" % (os.path.basename(source), lines[0], function)


def context():
    """Returns multiprocessing as the first argument says: fork, spawn, forkserver."""
    return multiprocessing.get_context(sys.argv[1])


def not_here(why):
    print(why)
    sys.exit(NOT_HERE)


def mark(name):
    open(PATH + "." + name, "w").close()


def await_mark(name):
    import time

    while not os.path.exists(PATH + "." + name):
        time.sleep(0.002)
