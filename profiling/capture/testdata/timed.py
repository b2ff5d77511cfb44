"""Does what it is told: "go" all of it once, "fork" a child, "end"."""
import os
import sys
import threading
import time


def leaf():
    pass


def work(n):
    for _ in range(n):
        leaf()


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def counts(n):
    for i in range(n):
        yield i


def fails():
    raise ValueError


def catches(n):
    for _ in range(n):
        try:
            fails()
        except ValueError:
            pass


def throws():
    def inner():
        try:
            yield 1
        except KeyError:
            pass
        yield 2

    g = inner()
    next(g)
    g.throw(KeyError())
    leaf()
    g.close()


def sleeps():
    time.sleep(0.3)


class Model:
    def step(self, n):
        total = 0
        for i in range(n):
            total += i  # hit n times
            if i % 2:
                total -= 1  # hit n // 2 times
        time.sleep(0.2)  # once
        return total


def go():
    work(100)
    fib(10)
    for _ in counts(5):
        pass
    catches(20)
    throws()
    sleeps()
    Model().step(10)
    thread = threading.Thread(target=work, args=(7,), name="helper")
    thread.start()
    thread.join()


def fork():
    pid = os.fork()
    if pid == 0:
        leaf()
        tool = hasattr(sys, "monitoring") and any(sys.monitoring.get_tool(i) for i in (2, 3, 4))
        print("child", sys.getprofile(), sys.gettrace(), threading._profile_hook, bool(tool), flush=True)
        os._exit(0)
    os.waitpid(pid, 0)


def waits():
    return sys.stdin.readline()


if "own" in sys.argv:
    sys.setprofile(lambda *_: None)
    sys.settrace(lambda *_: None)
print("ready", flush=True)
word = waits()
while word.strip() and word != "end\n":
    globals()[word.strip()]()
    print("done", flush=True)
    word = waits()
print("left", "own" in sys.argv or sys.getprofile() is None, "own" in sys.argv or sys.gettrace() is None, flush=True)
