"""A module that is not Python: the place is where the parser stopped."""
import os
import sys

import truth

directory = os.environ.get("TMPDIR", "/tmp")
with open(os.path.join(directory, "settings_%d.py" % os.getpid()), "w") as f:
    f.write("width = 3\n\ndef broken(:\n    pass\n")
sys.path.insert(0, directory)
truth.crash(
    "exception", code=1, type="SyntaxError", headline=["SyntaxError"],
    frames=["settings_%d.py:3" % os.getpid()])
__import__("settings_%d" % os.getpid())
