"""agent.py PYTHON...: what the agent in profiling/pyagent costs a Python program.

Each figure is the median of runs with the agent and without it, in turns, so
that a busy machine slows both.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "profiling", "pyagent", "python")

# Each prints seconds for one of what it does, but for the first, which is timed from outside.
CASES = {
    "start": (60, "pass"),
    "import multiprocessing.pool": (30, "import time; a = time.perf_counter(); import multiprocessing.pool; print(time.perf_counter() - a)"),
    "Lock()": (5, "import time, multiprocessing as m; m.Lock(); a = time.perf_counter()\nfor _ in range(2000): m.Lock()\nprint((time.perf_counter() - a) / 2000)"),
    "acquire and release": (5, "import time, multiprocessing as m; l = m.Lock(); a = time.perf_counter()\nfor _ in range(200000):\n  with l: pass\nprint((time.perf_counter() - a) / 200000)"),
    "Queue put and get": (5, "import time, multiprocessing as m; q = m.SimpleQueue(); a = time.perf_counter()\nfor _ in range(20000): q.put(1); q.get()\nprint((time.perf_counter() - a) / 20000)"),
    "fork and wait": (5, "import os, time; a = time.perf_counter()\nfor _ in range(200):\n  p = os.fork()\n  if not p: os._exit(0)\n  os.waitpid(p, 0)\nprint((time.perf_counter() - a) / 200)"),
}


def once(python, code, env):
    begin = time.perf_counter()
    out = subprocess.run([python, "-c", code], env=env, stdout=subprocess.PIPE, check=True).stdout
    return float(out) if out else time.perf_counter() - begin


def measure(python, directory):
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "MUSTER_"))}
    reports = os.path.join(directory, "reports")
    agent = dict(plain, PYTHONPATH=directory, MUSTER_AGENT=reports)
    for case, (runs, code) in CASES.items():
        without, with_agent = [], []
        for _ in range(runs + 1):
            open(reports, "w").close()  # as muster reads it empty
            without.append(once(python, code, plain))
            with_agent.append(once(python, code, agent))
        off, on = statistics.median(without[1:]), statistics.median(with_agent[1:])  # the first compiles
        print("  %-28s %10.1f us without, %10.1f us with, %+9.1f us" % (case, off * 1e6, on * 1e6, (on - off) * 1e6))


def main():
    for python in sys.argv[1:] or [sys.executable]:
        print(subprocess.run([python, "-VV"], stdout=subprocess.PIPE, check=True).stdout.decode().strip())
        with tempfile.TemporaryDirectory() as above:
            measure(python, shutil.copytree(SOURCE, os.path.join(above, "agent"), ignore=shutil.ignore_patterns("__pycache__")))


if __name__ == "__main__":
    main()
