import ctypes
import queue
import threading
import time

ready = threading.Barrier(4)


def work(q):
    ready.wait()
    q.get()


q = queue.Queue()
for _ in range(3):
    threading.Thread(target=work, args=(q,), daemon=True).start()
ready.wait()
time.sleep(0.2)
ctypes.string_at(0)
