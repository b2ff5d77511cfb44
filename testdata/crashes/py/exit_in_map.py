"""A worker of a Pool leaves by os._exit: nothing is printed, the task is lost."""
import os

import truth


def decode(n):
    if n == 1:
        truth.crash("lost_task", code=4, headline=["4"], task="decode", label="Pool", notes=["will never come"])
        truth.stays()
        os._exit(4)
    return n


if __name__ == "__main__":
    with truth.context().Pool(2) as pool:
        print(pool.map(decode, range(4), chunksize=1))
