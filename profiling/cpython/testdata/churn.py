# Threads that come and go all the time, and the main thread, which waits.
import sys, threading


def short():
    pass


def churn():
    while True:
        threads = [threading.Thread(target=short) for _ in range(5)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()


def still():
    print('ready', flush=True)
    sys.stdin.readline()


for i in range(2):
    threading.Thread(target=churn, daemon=True).start()
still()
sys.stdout.flush()
import os
os._exit(0)
