"""A worker's exception is pickled, but cannot be made again of that in the parent: a Pool
takes in no result any more, and who waits for one waits for ever; an executor is broken."""
import os
import sys
from concurrent.futures import ProcessPoolExecutor

import truth


class Refused(Exception):
    def __init__(self, text, *, status):
        super().__init__(text)
        self.status = status


def fetch(n):
    truth.crash("exception", lives=True, type="Refused", headline=["Refused: quota"], frames=[truth.at("raise", "fetch")],
                task="fetch", label="Process" if sys.argv[2] == "executor" else "Pool", notes=["its result never comes", "cannot rebuild", "status"])
    raise Refused("quota", status=429)  # <- raise


def pool():
    truth.crash("exception", pid=os.getpid(), lives=True, type="TypeError", headline=["TypeError", "status"], thread="Thread",
                task="_handle_results", notes=["who waits for one waits for ever"])
    truth.stays()
    with truth.context().Pool(1) as workers:
        workers.map(fetch, [1])


def executor():
    with ProcessPoolExecutor(1, mp_context=truth.context()) as workers:
        truth.crash("exception", pid=os.getpid(), code=1, type="concurrent.futures.process.BrokenProcessPool", headline=["BrokenProcessPool"],
                    frames=[truth.at("result", "executor")])
        workers.submit(fetch, 1).result()  # <- result


if __name__ == "__main__":
    {"pool": pool, "executor": executor}[sys.argv[2]]()
