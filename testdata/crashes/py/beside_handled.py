"""A process of multiprocessing ends by an exception; the same one of a pool's task is caught."""
import os

import truth


def step(number):
    raise ValueError("no good %d" % number)


if __name__ == "__main__":
    ctx = truth.context()
    p = ctx.Process(target=step, args=(1,), name="critical-writer")
    p.start()
    p.join()
    truth.crash(
        pid=p.pid, label="critical-writer", cause="exception", code=1, type="ValueError", headline=["no good 1"], same_before=0
    )
    with ctx.Pool(1) as pool:
        worker = pool.apply(os.getpid)
        try:
            pool.apply(step, (2,))
        except ValueError:
            truth.crash(
                pid=worker, label="PoolWorker", cause="exception", lives=True, type="ValueError", headline=["no good 2"], same_before=0
            )
    truth.reached()
