"""A future that nobody ever asks for its result."""
from concurrent.futures import ProcessPoolExecutor

import truth


def resize(path):
    truth.crash("exception", lives=True, type="KeyError", headline=["KeyError", "width"],
                frames=[truth.at("raise", "resize")], task="resize", handled=False)
    return {}["width"]  # <- raise


if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=truth.context()) as pool:
        pool.submit(resize, "b.jpg")
    print("all done")
