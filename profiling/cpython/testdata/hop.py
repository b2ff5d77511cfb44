# Stands, one after the other, at places that lie on different pages of frames, and in
# another thread each second time; says where.
import json, sys, threading


def stand(name):
    print(json.dumps({'name': name, 'tid': threading.get_native_id()}), flush=True)
    sys.stdin.readline()


def shallow():
    stand('shallow')


def deep(n):
    return deep(n - 1) if n else stand('deep')


def other():
    thread = threading.Thread(target=stand, args=('other',))
    thread.start()
    thread.join()


for _ in range(3):
    shallow()
    deep(400)
    other()
    shallow()
