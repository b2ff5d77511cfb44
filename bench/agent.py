"""agent.py PYTHON...: what the agent in profiling/pyagent costs a Python program.

Each figure is CPU time, of children too, which a busy machine changes least, and
the mean of runs with the agent and without it, in turns.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "profiling", "pyagent", "python")

# What is done so many times in one of so many runs; the setup is not counted.
CASES = {
    "start": (60, 0, "", "pass"),
    "import multiprocessing.pool": (30, 1, "", "import multiprocessing.pool"),
    "Lock()": (7, 2000, "import multiprocessing as m; m.Lock()", "m.Lock()"),
    "acquire and release": (7, 200000, "import multiprocessing as m; l = m.Lock()", "l.acquire(); l.release()"),
    "Queue put and get": (7, 20000, "import multiprocessing as m; q = m.SimpleQueue()", "q.put(1); q.get()"),
    "fork and wait": (7, 200, "", "p = os.fork(); p or os._exit(0); os.waitpid(p, 0)"),
}

PROGRAM = """import os
%s
begin = sum(os.times()[:4])
for _ in range(%d): %s
print(sum(os.times()[:4]) - begin)
"""


def once(python, times, setup, code, env):
    begin = sum(os.times()[2:4])
    out = subprocess.run([python, "-c", PROGRAM % (setup, times, code)], env=env, stdout=subprocess.PIPE, check=True).stdout
    return float(out) / times if times else sum(os.times()[2:4]) - begin


def measure(python, directory):
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "MUSTER_"))}
    reports = os.path.join(directory, "reports")
    agent = dict(plain, PYTHONPATH=directory, MUSTER_AGENT=reports)
    for case, (runs, *what) in CASES.items():
        without, with_agent = [], []
        for _ in range(runs + 1):
            open(reports, "w").close()  # as muster reads it empty
            without.append(once(python, *what, plain))
            with_agent.append(once(python, *what, agent))
        off, on = statistics.fmean(without[1:]), statistics.fmean(with_agent[1:])  # the first compiles
        print("  %-28s %10.1f us without, %10.1f us with, %+9.1f us" % (case, off * 1e6, on * 1e6, (on - off) * 1e6))


def main():
    for python in sys.argv[1:] or [sys.executable]:
        print(subprocess.run([python, "-VV"], stdout=subprocess.PIPE, check=True).stdout.decode().strip())
        with tempfile.TemporaryDirectory() as above:
            measure(python, shutil.copytree(SOURCE, os.path.join(above, "agent"), ignore=shutil.ignore_patterns("__pycache__")))


if __name__ == "__main__":
    main()
