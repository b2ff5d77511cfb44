"""A child is killed by SIGKILL, which nobody but a person or the kernel sends."""
import os
import signal
import time

import truth


def work():
    truth.crash("killed", signal="SIGKILL", headline=["SIGKILL"], label="indexer", certainty="certain|likely")
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(600)


if __name__ == "__main__":
    p = truth.context().Process(target=work, name="indexer")
    p.start()
    p.join()
