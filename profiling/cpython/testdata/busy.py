# Threads that never rest. Each function calls only the next one, always in the
# same line, so that a stack of two moments shows.
import random, sys, threading


def red(n):
    if n:
        green(n - 1)
    return n


def green(n):
    for i in range(n % 2 + 1):
        blue(n - 1)


def blue(n):
    if n > 0:
        next(yellow(n))


def yellow(n):
    yield red(n - 1)


def run():
    while True:
        red(random.randrange(25))


for i in range(int(sys.argv[1])):
    threading.Thread(target=run, daemon=True).start()
print('ready', flush=True)
sys.stdin.readline()
sys.stdout.flush()
import os
os._exit(0)
