"""Two workers raise at the same moment: each has its own words."""
import os
import time

import truth


def work(name):
    truth.crash("exception", code=1, type="ValueError", headline=["ValueError", "of " + name],
                frames=[truth.at("raise", "work")], label=name)
    open("%s.%s" % (truth.PATH, name), "w").close()
    while not all(os.path.exists("%s.%s" % (truth.PATH, n)) for n in ("left", "right")):
        time.sleep(0.0002)
    raise ValueError("of " + name)  # <- raise


if __name__ == "__main__":
    context = truth.context()
    both = [context.Process(target=work, args=(name,), name=name) for name in ("left", "right")]
    for p in both:
        p.start()
    for p in both:
        p.join()
