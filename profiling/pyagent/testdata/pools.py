"""Pools whose workers die."""

import multiprocessing.pool

KEPT = []


class Pool:
    """A pool that is not terminated: terminate() waits for ever for the lock of the
    queue if a worker has died with it, or the next one was not counted yet."""

    def __init__(self, ctx, **options):
        self.pool = ctx.Pool(1, **options)

    def __enter__(self):
        return self.pool

    def __exit__(self, *exc):
        KEPT.append(self.pool)
        self.pool._terminate.cancel()  # nor at the end of the program
        handler = self.pool._worker_handler
        handler._state = multiprocessing.pool.TERMINATE  # no worker is started any more
        self.pool._change_notifier.put(None)
        handler.join()
        for process in self.pool._pool:
            process.kill()
            process.join()
