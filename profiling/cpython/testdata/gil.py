# A thread that holds the GIL for good, and a main thread that waits for it; or
# with the argument "free", threads that all sleep, so that nobody has it.
import json, sys, threading


def hold():
    print(json.dumps([threading.get_native_id()]), flush=True)
    sum(range(10**15))


if sys.argv[1] == 'free':
    print(json.dumps([threading.get_native_id()]), flush=True)
    sys.stdin.readline()
else:
    threading.Thread(target=hold, daemon=True).start()
    while True:
        pass
