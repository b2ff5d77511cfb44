"""More memory than the cgroup has: the kernel kills it. It takes a cgroup that
may be made: as root, with version 2 or 1 of the memory controller."""
import os
import sys
import time

import truth

LIMIT = 64 << 20


def put(path, text):
    with open(path, "w") as f:
        f.write(str(text))


def enter():
    """Moves this process into a new cgroup with a limit, and returns its path."""
    name = "muster-corpus-%d" % os.getpid()
    if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        top, limit = "/sys/fs/cgroup", "memory.max"
        if "memory" not in open(top + "/cgroup.subtree_control").read():
            put(top + "/cgroup.subtree_control", "+memory")
    else:
        top, limit = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
    group = os.path.join(top, name)
    os.mkdir(group)
    try:
        put(os.path.join(group, limit), LIMIT)
        swap = os.path.join(group, "memory.swap.max")
        if os.path.exists(swap):
            put(swap, 0)
    except OSError:
        os.rmdir(group)
        raise
    return group


def hoard():
    kept = []
    while True:
        kept.append(bytearray(b"x" * (1 << 20)))


def main():
    try:
        group = enter()
    except OSError as e:
        truth.not_here("cannot make a cgroup: %s" % e)
    pid = os.fork()
    if pid == 0:
        put(os.path.join(group, "cgroup.procs"), os.getpid())
        truth.crash("oom", signal="SIGKILL", headline=["memory"], certainty="certain|likely")
        hoard()
    try:
        os.waitpid(pid, 0)
    finally:
        for _ in range(1000):
            try:
                os.rmdir(group)
                break
            except OSError:
                time.sleep(0.01)
    sys.exit(0)


main()
