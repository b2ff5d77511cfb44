"""Sleeps in a main thread, another thread and a forked child until its standard
input ends. Prints the child's pid when all of them are about to sleep."""

import os
import sys
import threading
import time


def sleeper():
    while True:
        time.sleep(1000)


def thread():
    begun.set()
    sleeper()


def wait_for_the_end():
    sys.stdin.read()


begun = threading.Event()
pid = os.fork()
if pid == 0:
    os.write(1, b"forked\n")
    sleeper()
threading.Thread(target=thread, daemon=True).start()
begun.wait()
os.write(1, b"%d\n" % pid)
try:
    wait_for_the_end()
finally:
    os.kill(pid, 9)
    os.waitpid(pid, 0)
