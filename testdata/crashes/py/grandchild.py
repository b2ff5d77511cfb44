"""A grandchild leaves by os._exit(3) and prints nothing."""
import os

import truth


def grandchild():
    truth.crash("exit", code=3, headline=["3"], label="importer")
    os._exit(3)


def child():
    p = truth.context().Process(target=grandchild, name="importer")
    p.start()
    p.join()


if __name__ == "__main__":
    p = truth.context().Process(target=child, name="supervisor")
    p.start()
    p.join()
