import ctypes
import sys

sys.setrecursionlimit(1000)


def f(n):
    if n == 0:
        ctypes.string_at(0)
    f(n - 1)


f(150)
