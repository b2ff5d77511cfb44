"""A worker of a ProcessPoolExecutor leaves by os._exit, which breaks the pool."""
import os
from concurrent.futures import ProcessPoolExecutor

import truth


def decode(n):
    truth.crash("exit", code=5, headline=["5"], task="decode", notes=["BrokenProcessPool"])
    os._exit(5)


def main():
    with ProcessPoolExecutor(1, mp_context=truth.context()) as pool:
        truth.crash("exception", pid=os.getpid(), code=1, type="concurrent.futures.process.BrokenProcessPool", headline=["BrokenProcessPool"],
                    frames=[truth.at("result", "main")])
        pool.submit(decode, 1).result()  # <- result


if __name__ == "__main__":
    main()
