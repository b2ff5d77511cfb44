"""A log analysed while it grows, and an old one as quickly as can be: work in tiny pieces.

    python3 examples/log.py               both
    python3 examples/log.py --watch       the old one, once, with muster's screens

The first part is for a log of your own:

    tail -n +1 -F access.log | muster map -k --py examples/log.py:entry
"""

import argparse
import collections
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

import measure

LINE = re.compile(r'(\S+) \S+ \S+ \[(\d+/\w+/\d+:\d\d:\d\d):\d\d [^]]+\] "(\w+) (\S+) [^"]+" (\d{3}) (\d+)')
MIB = 1 << 20


def entry(line):
    """The minute and the status of a line of a log; None if it is no such line."""
    found = LINE.match(line)
    return [found.group(2)[-5:], int(found.group(5))] if found else None


def count(path, begin, end):
    """Counts the lines and errors of each minute in a piece of a log, from one byte to another. Which
    bytes is all that goes to a worker, and a few sums are all that comes back."""
    minutes = collections.defaultdict(lambda: [0, 0])
    with open(path, "rb") as log:
        log.seek(begin)
        for line in log.read(end - begin).decode("utf-8", "replace").splitlines():
            add(minutes, entry(line))
    return minutes


def add(minutes, found):
    if found:
        minute, status = found
        minutes[minute][0] += 1
        minutes[minute][1] += status >= 500


def made_up(minutes, lines):
    """Lines of a log, so many for each minute of an hour; the fourth minute is a bad one."""
    chance = random.Random(1)
    for minute in range(minutes):
        errors = 0.3 if minute == 3 else 0.02
        for n in range(lines):
            status = 503 if chance.random() < errors else 200
            yield '10.0.0.%d - - [26/Nov/2026:12:%02d:%02d +0000] "GET /item/%d HTTP/1.1" %d %d\n' % (
                n % 250, minute, 60 * n // lines, n, status, chance.randrange(100, 9000))
        if minute == 1:
            yield "a line that is none of the others\n"


def write(path, minutes, lines, seconds):
    """Plays a server that writes its log: a minute of it in so many seconds."""
    with open(path, "a") as log:
        for n, line in enumerate(made_up(minutes, lines)):
            log.write(line)
            if n % 20 == 0:
                log.flush()
                time.sleep(20 * seconds / lines)


def follow(muster, path, writer):
    """Prints the rate of errors of each minute as soon as the next has begun, until the writer has ended."""
    threading.Thread(target=writer.wait, daemon=True).start()  # or tail would see it as long as nobody has waited for it
    tail = subprocess.Popen(["tail", "-n", "+1", "-s", "0.1", "--pid", str(writer.pid), "-F", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    command = ["-k", "-j", 2, "--py", os.path.abspath(__file__) + ":entry"]
    print("tail -F %s | %s" % (os.path.relpath(path), measure.shown(command)), flush=True)
    worker = subprocess.Popen([muster, "map"] + [str(a) for a in command], env=measure.environment(), stdin=tail.stdout, stdout=subprocess.PIPE)
    tail.stdout.close()  # muster has it
    print("minute    lines   errors", flush=True)
    minutes, strange, last = collections.defaultdict(lambda: [0, 0]), 0, None
    try:
        for line in worker.stdout:
            found = json.loads(line)
            strange += found is None
            add(minutes, found)
            if found and found[0] != last:
                row(last, minutes)
                last = found[0]
        code = worker.wait()
        row(last, minutes)
    except KeyboardInterrupt:  # which muster has got as well
        worker.communicate()
        print("interrupted; muster ended with exit code %d" % worker.returncode, flush=True)
        sys.exit(worker.returncode)
    finally:
        tail.kill()
        tail.wait()
    lines = sum(n for n, _ in minutes.values())
    print("the program that wrote the log ended, so tail did, and muster with exit code %d: %d lines, and %d that are none" % (code, lines, strange), flush=True)


def row(minute, minutes):
    if minute:
        lines, errors = minutes[minute]
        print("%s  %7d  %6.1f%%%s" % (minute, lines, 100 * errors / lines, "   <- more than 10%" if errors > lines / 10 else ""), flush=True)


def pieces(path, size):
    """Cuts a file at ends of lines into pieces of about so many bytes."""
    begin, end = 0, os.path.getsize(path)
    with open(path, "rb") as log:
        while begin < end:
            log.seek(min(begin + size, end))
            log.readline()
            yield {"path": path, "begin": begin, "end": log.tell()}
            begin = log.tell()


def old_log(muster, out, watch):
    """Counts an old log in several ways, and compares."""
    log, few, ranges = (os.path.join(out, name) for name in ("old.log", "few.log", "pieces.txt"))
    with open(log, "w") as f:
        f.writelines(made_up(60, 2500))
    with open(log) as f, open(few, "w") as g:
        g.writelines(line for line, _ in zip(f, range(3000)))
    with open(ranges, "w") as f:
        f.writelines(json.dumps(piece) + "\n" for piece in pieces(log, MIB))
    this, several = os.path.abspath(__file__), max(2, measure.PROCESSORS)

    def lines(workers, chunk, path):
        return ["-j", workers, "--chunksize", chunk, "--py", this + ":entry", "--results", os.devnull, "::::", path]

    def parts(workers):
        return ["-j", workers, "--items", "json", "--star", "--py", this + ":count", "--results", os.path.join(out, "pieces-%d.jsonl" % workers), "::::", ranges]

    if watch:
        sys.exit(measure.watch(muster, *parts(several)))
    total = sum(1 for _ in open(log))
    print("an old log of %d lines:" % total, flush=True)
    speed(3000, measure.muster_map(muster, *lines(several, 1, few)), "one line at a time")
    speed(total, measure.muster_map(muster, *lines(several, "auto", log)), "many lines at a time")
    alone = measure.muster_map(muster, *parts(1))
    speed(total, alone, "pieces of the file, by one worker")
    together = measure.muster_map(muster, *parts(several))
    speed(total, together, "pieces of the file")
    measure.speed_up(alone, together, several)
    print("The counts are in %s" % os.path.relpath(os.path.join(out, "pieces-%d.jsonl" % several)))


def speed(lines, seconds, how):
    print("             %s: %d lines a second" % (how, lines / seconds), flush=True)


def main():
    parser = argparse.ArgumentParser(description="A log analysed while it grows, and an old one.")
    parser.add_argument("--watch", action="store_true", help="only the old one, once, with muster's screens")
    parser.add_argument("--write", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        path, minutes, lines, seconds = options.write
        write(path, int(minutes), int(lines), float(seconds))
        return
    muster, out = measure.find_muster(), measure.folder("log")
    if not options.watch:
        live = os.path.join(out, "access.log")
        writer = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--write", live, "6", "300", "0.2"])
        try:
            follow(muster, live, writer)
        finally:
            writer.kill()
            writer.wait()
    old_log(muster, out, options.watch)


if __name__ == "__main__":
    main()
