"""Process.terminate(): a worker that its parent ended."""
import time

import truth


def work():
    truth.mark("begun")
    time.sleep(600)


if __name__ == "__main__":
    p = truth.context().Process(target=work)
    p.start()
    truth.await_mark("begun")
    p.terminate()
    p.join()
    truth.reached()
