"""A Pool that its parent ends while its workers are busy."""
import time

import truth


def work(n):
    truth.mark("begun")
    time.sleep(600)


if __name__ == "__main__":
    with truth.context().Pool(3) as pool:
        pool.map_async(work, range(3))
        truth.await_mark("begun")
    pool.join()
    truth.reached()
