"""SystemExit(0) in a worker, in a thread and in the program itself."""
import sys
import threading

import truth


def leave():
    raise SystemExit(0)


if __name__ == "__main__":
    p = truth.context().Process(target=leave)
    p.start()
    p.join()
    t = threading.Thread(target=leave)
    t.start()
    t.join()
    truth.reached()
    sys.exit(0)
