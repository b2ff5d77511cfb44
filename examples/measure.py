"""What the examples share: they have muster map do the same work with one worker and
with several, and say how long each took. Run the examples themselves, not this file."""

import os
import shlex
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
LOAD = os.getloadavg()[0]


def give_up(why):
    """Ends the example with one line that says why."""
    sys.stderr.write("%s: %s\n" % (os.path.basename(sys.argv[0]), why))
    sys.exit(2)


def folder(name):
    """Makes an empty directory examples/out/NAME and returns its path."""
    path = os.path.join(HERE, "out", name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def find_muster():
    """Returns the path of muster: that of the shell, or one built from these sources."""
    found = shutil.which("muster")
    if found:
        return found
    root, built = os.path.dirname(HERE), os.path.join(HERE, "out", "muster")
    if not shutil.which("go"):
        give_up("muster is not on the PATH: in the repository, go install . puts it into $(go env GOPATH)/bin")
    print("muster is not on the PATH; building it ...", flush=True)
    if subprocess.run(["go", "build", "-o", built, "."], cwd=root).returncode != 0:
        give_up("muster cannot be built")
    return built


def muster_map(muster, *args):
    """Runs muster map, shows the command, and returns how many seconds it took. Results go where
    the arguments say; what fails is told by muster itself."""
    began = time.perf_counter()
    code = subprocess.run([muster, "map"] + [str(a) for a in args], env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode
    took = time.perf_counter() - began
    if code != 0:
        give_up("muster map ended with exit code %d" % code)
    print("%8.2f s   %s" % (took, shown(args)), flush=True)
    return took


def shown(args):
    """A command as one would type it."""
    here = os.getcwd() + os.sep
    return "muster map " + " ".join(shlex.quote(str(a).replace(here, "")) for a in args)


def watch(muster, *args):
    """Runs muster map as one does at a terminal, with its screens, and returns its exit code."""
    print(shown(args), flush=True)
    return subprocess.run([muster, "map"] + [str(a) for a in args], env=environment()).returncode


def environment():
    """Has --py use the interpreter that runs the example: each flag of muster map has such a variable. A
    proxy is not for a server of this machine."""
    return dict(os.environ, MUSTER_PYTHON=sys.executable, no_proxy="127.0.0.1")


def speed_up(alone, together, workers):
    """Says what several workers have gained over one; alone and together are seconds."""
    print("speed-up: %.2f times with %d workers on %d processors (%.2f s with one worker, %.2f s with %d)" % (
        alone / together, workers, PROCESSORS, alone, together, workers))
    if LOAD > PROCESSORS / 2:
        print("(before that, other programs kept %.1f processors busy: on a quiet machine the figures are others)" % LOAD)
