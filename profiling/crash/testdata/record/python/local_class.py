import queue


def f():
    class Bad(Exception):
        pass

    try:
        queue.Queue().get(block=False)
    except queue.Empty:
        raise Bad


f()
