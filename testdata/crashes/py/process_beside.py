"""Processes of a program that waits for a Pool meanwhile: they lose no task of it."""
import os
import signal
import time

import truth


def leave():
    truth.await_mark("begun")
    time.sleep(0.2)  # now its parent waits
    truth.crash("exit", code=3, label="beside", headline=["^exit 3$"])
    os._exit(3)


def killed():
    truth.await_mark("begun")
    time.sleep(0.2)
    truth.crash("killed", signal="SIGKILL", label="beside", headline=["SIGKILL"])
    os.kill(os.getpid(), signal.SIGKILL)


def work(n):
    truth.mark("begun")
    time.sleep(2)
    return n


if __name__ == "__main__":
    beside = [truth.context().Process(target=f, name="beside") for f in (leave, killed)]
    for p in beside:
        p.start()
    with truth.context().Pool(1) as pool:
        print(pool.map(work, [1]))
    for p in beside:
        p.join()
