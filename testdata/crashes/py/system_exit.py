"""sys.exit with something else than 0: "code" 3, "message"; or with 1 after its last line on
standard error, which says why ("why") or only how it goes on ("log"), and with a message that
is followed by what a function of atexit prints ("atexit"), or comes after the traceback of what
it has coped with ("handled")."""
import atexit
import logging
import sys

import truth

told = "exit 1, last on stderr: cannot open the archive"
if sys.argv[1] == "code":
    truth.crash("exit", code=3, headline=["3"])
    sys.exit(3)
if sys.argv[1] == "log":
    truth.crash("exit", code=1, headline=["exit 1: .*; none was seen"], not_headline=["step"])
    sys.stderr.write("INFO:train:step 12\n")
    sys.exit(1)
if sys.argv[1] == "atexit":
    atexit.register(print, "bye")
truth.crash("exit", code=1, headline=[told], tail=["cannot open the archive"], notes=["as sys.exit prints a message"])
if sys.argv[1] == "why":
    print("cannot open the archive", file=sys.stderr)
    sys.exit(1)
if sys.argv[1] == "handled":
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("no rate, going on")
sys.exit("cannot open the archive")
