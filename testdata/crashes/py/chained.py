"""Exceptions that followed from others: "cause" (raise from), "context"."""
import sys

import truth


def load(name):
    return {}[name]  # <- first


def configure(how):
    try:
        load("colour")
    except KeyError as e:
        if how == "cause":
            raise RuntimeError("no configuration") from e  # <- cause
        raise RuntimeError("no configuration")  # <- context


how = sys.argv[1]
truth.crash(
    "exception", code=1, type="RuntimeError", headline=["RuntimeError", "no configuration"],
    frames=[truth.at(how, "configure")], chain=["KeyError"])
configure(how)
