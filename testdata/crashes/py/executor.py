"""What a ProcessPoolExecutor's worker raised comes to its parent."""
import os
from concurrent.futures import ProcessPoolExecutor

import truth


def resize(path):
    truth.crash("exception", lives=True, type="ValueError", headline=["ValueError", "cannot read a.jpg"],
                frames=[truth.at("raise", "resize")], task="resize", handled=True)
    raise ValueError("cannot read " + path)  # <- raise


if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=truth.context()) as pool:
        truth.crash("exception", pid=os.getpid(), code=1, type="ValueError", headline=["ValueError", "cannot read a.jpg"],
                    frames=[truth.at("raise", "resize")])
        pool.submit(resize, "a.jpg").result()
