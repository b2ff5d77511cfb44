"""Process.kill() and Process.terminate() right after start(): the parent ends a process that
has not come to say who it is."""
import truth

import time

if __name__ == "__main__":
    for end in "kill", "terminate":
        for _ in range(10):
            p = truth.context().Process(target=time.sleep, args=(600,), name="victim")
            p.start()
            getattr(p, end)()
            p.join()
    truth.reached()
