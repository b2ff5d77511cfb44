"""Prints what of the interpreter's state a program could see."""

import sys

print(sys.path)
print("sitecustomize" in sys.modules, getattr(sys.modules.get("sitecustomize"), "__file__", None))
print(sorted(name for name in sys.modules if name != "faulthandler"))
print(sorted(sys.path_importer_cache))
print(sys.dont_write_bytecode, getattr(sys, "mark", "no mark"))
sys.exit(4)
