"""The way into a Python program, and out of its sight again.

An interpreter imports the first module of this name on its path when it starts
(see the site module), and muster puts this directory first. What is done here:
agent.py is run, this directory leaves sys.path, and the sitecustomize that
would have been imported without muster is imported in place of this one.

Nothing that goes wrong in the agent reaches the program. This file has to
parse on every Python, as the first act of a program of any age.
"""

import sys

here = __file__.rpartition("/")[0]


def nameless(code, name):
    """Return code that tracers and coverage tools take for no file of the program."""
    inner = tuple(nameless(c, name) if type(c) is type(code) else c for c in code.co_consts)
    return code.replace(co_consts=inner, co_filename=name)


def compiled(name, file):
    """Return the code of a file of this directory, from the cache in this directory or for it: that a
    program wants no bytecode, or has it elsewhere, is said of its own files."""
    wishes = sys.dont_write_bytecode, sys.pycache_prefix
    sys.dont_write_bytecode, sys.pycache_prefix = False, None
    try:
        return type(__spec__.loader)(name, here + "/" + file).get_code(name)
    finally:
        sys.dont_write_bytecode, sys.pycache_prefix = wishes


def run(file, namespace):
    """Run a file of this directory under a name that no file has."""
    name = "<muster agent>"
    namespace.update(__name__=name, HERE=here, RUN=run)
    exec(nameless(compiled(name, file), name), namespace)


if sys.version_info >= (3, 8):
    try:
        run("agent.py", {})
    except Exception:
        pass

sys.path[:] = [entry for entry in sys.path if entry != here]
sys.path_importer_cache.pop(here, None)
own = sys.modules.pop("sitecustomize")  # kept: Python 2 empties a module that nobody holds
import sitecustomize  # the program's own; that there is none, site expects to be told like this
