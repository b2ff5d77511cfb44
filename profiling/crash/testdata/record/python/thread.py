import threading


def work(n):
    return 1 / n


t = threading.Thread(target=work, args=(0,), name="resizer 1")
t.start()
t.join()
