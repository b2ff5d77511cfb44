# A worker that holds a Lock, an RLock twice and one of the three of a
# Semaphore; parent and worker tell where their objects are. Then it releases
# them on request.
import json, multiprocessing, os, sys, threading


def addresses(*locks):
    return [id(l._semlock) for l in locks]


def tid():
    # threading.get_native_id is there since 3.8.
    return threading.get_native_id()


def worker(conn, lock, rlock, sem):
    def hold():
        lock.acquire()
        conn.send([os.getpid(), tid(), addresses(lock, rlock, sem)])
        go.wait()
        lock.release()
    rlock.acquire()
    rlock.acquire()
    sem.acquire()
    go = threading.Event()
    t = threading.Thread(target=hold)
    t.start()
    conn.recv()
    go.set()
    t.join()
    rlock.release()
    conn.send(None)
    conn.recv()


def main():
    ctx = multiprocessing.get_context(sys.argv[1])
    lock, rlock, sem = ctx.Lock(), ctx.RLock(), ctx.Semaphore(3)
    here, there = ctx.Pipe()
    p = ctx.Process(target=worker, args=(there, lock, rlock, sem))
    p.start()
    print(json.dumps([os.getpid(), tid(), addresses(lock, rlock, sem)]), flush=True)
    print(json.dumps(here.recv()), flush=True)
    sys.stdin.readline()
    here.send(None)
    here.recv()
    print('[]', flush=True)
    sys.stdin.readline()
    here.send(None)
    p.join()


if __name__ == '__main__':
    main()
