"""Forks a child that has SIGURG blocked until a line comes to the standard input
of its parent, and ends with that input. Prints what has come to pass."""

import os
import signal
import sys


def child():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG])
    os.write(1, b"%d\n" % os.getpid())
    os.read(out, 1)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGURG])
    os.write(1, b"late\n")
    while True:
        signal.pause()


def parent():
    sys.stdin.readline()
    os.write(into, b"x")
    sys.stdin.read()


out, into = os.pipe()
pid = os.fork()
if pid == 0:
    child()
try:
    parent()
finally:
    os.kill(pid, 9)
    os.waitpid(pid, 0)
