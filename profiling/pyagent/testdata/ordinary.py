"""What programs do with multiprocessing, and how it ends: all that it prints
must be the same with the agent as without."""

import atexit
import multiprocessing as mp
import multiprocessing.pool
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def square(n):
    return n * n


def sleep_and_square(n):
    time.sleep(0.2)
    return n * n


def fail(n):
    raise ValueError("no %d" % n)


class Last:
    def end(self, n=0):
        raise ValueError("no %d" % n)

    def __repr__(self):
        return "Last"


def put(queue, lock):
    with lock:
        queue.put(mp.current_process().name)


def main():
    mp.set_start_method(sys.argv[1])
    with mp.Pool(2) as pool:
        print(pool.map(square, range(5)))
        try:
            pool.apply(fail, (3,))
        except ValueError as e:
            print(type(e.__cause__).__name__, str(e.__cause__).replace(__file__, "FILE"))
    with ProcessPoolExecutor(2) as executor:
        print(list(executor.map(square, range(5))))
    with mp.pool.ThreadPool(1) as pool, ThreadPoolExecutor(1) as executor:
        print(pool.map(square, range(5)), list(executor.map(square, range(5))))
        for call in (lambda: pool.apply(fail, (1,)), lambda: next(pool.imap(fail, [2])), executor.submit(fail, 3).result):
            try:
                call()
            except ValueError as e:
                print(e, e.__cause__, e.__context__)
        executor.submit(fail, 4)
    with ProcessPoolExecutor(1, initializer=fail, initargs=(5,)) as executor:
        print(type(executor.submit(int).exception()))
    for args in (), (8,), ("too", "many"):
        atexit.register(Last().end, *args)
    with mp.Manager() as manager:
        shared = manager.dict(a=1)
        shared["b"] = manager.list([1, 2])
        print(sorted(shared.keys()), list(shared["b"]))
        served = manager.Pool(1)
        result = served.apply_async(sleep_and_square, (3,))  # the manager looks at all that the result has by now
        print(result.get(), served.map(square, [4]))
    queue, lock = mp.Queue(), mp.Lock()
    process = mp.Process(target=put, args=(queue, lock), name="putter")
    process.start()
    print(queue.get())
    process.join()
    process = mp.Process(target=sys.exit, args=(3,))
    process.start()
    process.join()
    print("exit", process.exitcode)
    process = mp.Process(target=fail, args=(4,))
    process.start()
    process.join()
    print("exit", process.exitcode)
    print(subprocess.run([sys.executable, "-c", "import sys; print(len(sys.path)); sys.exit(9)"]).returncode)
    if hasattr(os, "fork") and sys.argv[1] == "fork":
        pid = os.fork()
        if pid == 0:
            os._exit(6)
        print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]))
    print([mp.Pipe.__name__, mp.queues.Queue.__init__.__qualname__, mp.synchronize.SemLock.__init__.__module__])
    print("the end", file=sys.stderr)
    sys.exit(7)


if __name__ == "__main__":
    main()
