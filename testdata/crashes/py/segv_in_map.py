"""A worker of a Pool touches memory that is not its own. The pool starts
another one, but the task is lost, and map waits for ever."""
import ctypes

import truth


def decode(n):
    if n == 1:
        truth.crash("lost_task", signal="SIGSEGV", headline=["SIGSEGV"], frames=[truth.at("bad", "decode")], task="decode", label="Pool",
                    notes=["come"])
        truth.stays()
        ctypes.string_at(0)  # <- bad
    return n


if __name__ == "__main__":
    with truth.context().Pool(2) as pool:
        print(pool.map(decode, range(4), chunksize=1))
