"""Raises what is hard to describe, in threads, and says how often the agent asked it."""

import sys
import threading

asked = []


class Hostile(Exception):
    def __str__(self):
        asked.append("str")
        raise KeyboardInterrupt

    __repr__ = __str__

    @property
    def __cause__(self):
        asked.append("cause")


class Value:
    def __repr__(self):
        asked.append("repr")
        return "x"


def circle():
    a, b = ValueError("circle"), KeyError("b")
    a.__cause__, b.__cause__ = b, a
    raise a


def throw(e):
    raise e


def deep(n):
    deep(n + 1)


def many():
    for _ in range(20000):
        t = threading.Thread(target=throw, args=(ValueError("many"),))
        t.run, t._bootstrap = t.run, None
        try:
            t.run()
        except ValueError:
            t._invoke_excepthook(t)


threading.excepthook = lambda args: None  # the program's own: it prints nothing, and stays
for target, args in (
    (throw, (Hostile("hostile", Value()),)), (circle, ()), (throw, (ValueError("m" * (1 << 20)),)), (deep, (0,)),
    (throw, (ValueError("\x1b[31m\udcff\0\U0001f600"),)), (throw, (OSError(2, "gone", "f"),)), (many, ()),
):
    t = threading.Thread(target=target, args=args)
    t.start()
    t.join()
print(asked, threading.excepthook.__name__)
