"""traceback.print_exc, of what was coped with, in the program and in a worker."""
import traceback

import truth


def work():
    try:
        int("x")
    except ValueError:
        traceback.print_exc()


if __name__ == "__main__":
    work()
    p = truth.context().Process(target=work)
    p.start()
    p.join()
    truth.reached()
