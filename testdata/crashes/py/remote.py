"""What a Pool's worker raised comes to its parent, which does not catch it."""
import os

import truth


def resize(path):
    truth.crash("exception", lives=True, type="ValueError", headline=["ValueError", "cannot read a.jpg"],
                frames=[truth.at("raise", "resize")], task="resize", label="Pool", handled=True)
    raise ValueError("cannot read " + path)  # <- raise


if __name__ == "__main__":
    with truth.context().Pool(2) as pool:
        truth.crash("exception", pid=os.getpid(), code=1, type="ValueError", headline=["ValueError", "cannot read a.jpg"],
                    frames=[truth.at("raise", "resize")], format="python traceback")
        pool.apply(resize, ("a.jpg",))
