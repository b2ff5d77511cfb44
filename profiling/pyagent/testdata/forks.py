"""Forks among threads and without, and says which child is which, as JSON:
{"pid", "line", "function", "made_by", "among", "threads"}; line 0: alone."""

import json
import multiprocessing as mp
import os
import subprocess
import sys
import threading

end = threading.Event()


def say(pid, line=0, function="", made_by="", among=0, threads=()):
    print(json.dumps(dict(pid=pid, line=line, function=function, made_by=made_by, among=among, threads=list(threads))), flush=True)


def nothing():
    pass


def line():
    return sys._getframe(1).f_lineno


def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


FORKS = fork.__code__.co_firstlineno + 1


def start():
    process = mp.Process(target=nothing)
    here = line() + 1
    process.start()
    process.join()
    return process.pid, here


def main():
    mp.set_start_method("fork")
    say(fork())
    ended = threading.Thread(target=nothing)
    ended.start()
    ended.join()
    say(fork())
    threads = [threading.Thread(target=end.wait, name=name, daemon=True) for name in ("Anna", "Berta")]
    for thread in threads:
        thread.start()
    for _ in range(3):
        say(fork(), FORKS, "fork", "fork", 2, ["Anna", "Berta"])
    pid, here = start()
    say(pid, here, "start", "start", 2, ["Anna", "Berta"])
    subprocess.run([sys.executable, "-c", ""], check=True)
    mp.set_start_method("spawn", force=True)
    pid, _ = start()
    say(pid)
    end.set()
    for thread in threads:
        thread.join()
    mp.set_start_method("fork", force=True)
    say(start()[0])


if __name__ == "__main__":
    main()
