"""Whose last lines are on the card of a slot's own process: its own ("own"), though a child of it
has printed more since; those of the slot where it has printed none itself ("none"), or ends as a
command of its own does, which has printed why ("command")."""
import subprocess
import sys

import truth


def noise():
    for i in range(40):
        print("noise line", i)


def make_noise():
    p = truth.context().Process(target=noise, name="noisy")
    p.start()
    p.join()


if __name__ == "__main__":
    if sys.argv[2] == "own":
        print("FATAL: cannot open the database")
        make_noise()
        truth.crash("exit", code=3, headline=["exit 3"], tail=["FATAL"], not_tail=["noise"], tail_shared=False)
    if sys.argv[2] == "none":
        make_noise()
        truth.crash("exit", code=3, headline=["exit 3"], tail=["noise line 39"], tail_shared=True)
    if sys.argv[2] == "command":
        print("building", flush=True)
        subprocess.call(["sh", "-c", "echo cannot find a.c >&2; exit 2"])
        truth.crash("exit", code=3, headline=["exit 3"], tail=["building", "cannot find a.c"], tail_shared=True)
    sys.exit(3)
