"""An ExceptionGroup, which Python has since 3.11."""
import sys

import truth

if sys.version_info < (3, 11):
    truth.not_here("there are no exception groups before Python 3.11")


def one(n):
    raise OSError("host %d is down" % n)  # <- one


def all_of_them():
    failed = []
    for n in range(3):
        try:
            one(n)
        except OSError as e:
            failed.append(e)
    raise ExceptionGroup("no host answered", failed)  # <- all


truth.crash(
    "exception", code=1, type="ExceptionGroup", headline=["ExceptionGroup", "no host answered"],
    frames=[truth.at("all", "all_of_them")], group=["OSError", "OSError", "OSError"])
all_of_them()
