"""The initializer of a ProcessPoolExecutor raises: the worker logs that, to nobody here, and ends with
code 0, and the pool is broken. Its parent goes on for a moment only, and ends with code 0 as well."""
import logging
from concurrent.futures import ProcessPoolExecutor

import truth


def begin(size):
    logging.getLogger("concurrent.futures").addHandler(logging.NullHandler())
    truth.crash("exception", code=0, type="ValueError", headline=["ValueError: no such size, at executor_initializer.py:.* in begin"],
                frames=[truth.at("raise", "begin")], format="python agent", task="begin(7)", notes=["BrokenProcessPool"])
    raise ValueError("no such size")  # <- raise


if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=truth.context(), initializer=begin, initargs=(7,)) as pool:
        print(type(pool.submit(int).exception()).__name__)
