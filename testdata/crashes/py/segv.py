"""A bad pointer in the program itself: faulthandler tells where."""
import ctypes

import truth


def peek():
    return ctypes.string_at(0)  # <- bad


truth.crash("signal", signal="SIGSEGV", headline=["SIGSEGV"], frames=[truth.at("bad", "peek")], format="python faulthandler")
peek()
