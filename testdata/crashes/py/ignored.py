"""Exceptions that end nothing: in __del__ ("del"), in atexit ("atexit")."""
import atexit
import sys

import truth


class Handle:
    def __del__(self):
        raise OSError("already closed")  # <- del


def save():
    raise OSError("already closed")  # <- atexit


where = {"del": "__del__", "atexit": "save"}[sys.argv[1]]
truth.crash("exception", lives=True, type="OSError", headline=["OSError", "already closed"],
            frames=[truth.at(sys.argv[1], where)])
if sys.argv[1] == "del":
    Handle()
else:
    atexit.register(save)
truth.reached()
