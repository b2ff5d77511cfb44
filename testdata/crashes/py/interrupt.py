"""SIGINT from nobody known: KeyboardInterrupt, and Python ends itself by SIGINT."""
import os
import signal
import time

import truth


def work():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)


signal.signal(signal.SIGINT, signal.default_int_handler)
truth.crash("killed", signal="SIGINT", headline=["KeyboardInterrupt|SIGINT"])
work()
