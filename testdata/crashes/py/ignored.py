"""Exceptions that end nothing: in __del__ ("del"), in atexit ("atexit"), and there with
standard error closed, so that nobody could print it ("closed")."""
import atexit
import os
import sys

import truth


class Handle:
    def __del__(self):
        raise OSError("already closed")  # <- del


def save():
    raise OSError("already closed")  # <- atexit


what = "atexit" if sys.argv[1] == "closed" else sys.argv[1]
where, note = {"del": ("__del__", "nothing can catch it: Handle.__del__"), "atexit": ("save", "a function of atexit")}[what]
truth.crash("exception", lives=True, type="OSError", headline=["OSError", "already closed"],
            frames=[truth.at(what, where)], notes=[note])
if what == "del":
    Handle()
else:
    atexit.register(save)
if sys.argv[1] == "closed":
    os.close(2)
truth.reached()
