"""logging.exception, and then an end with a code: at once ("once"), as if by that; after the program
has gone on ("later"), or has said why else ("why"), by something of which nothing is known; and so after
a warning ("warned")."""
import logging
import sys

import truth

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)


def boot():
    raise RuntimeError("no port")  # <- boot


if sys.argv[1] == "once":
    truth.crash("exception", code=3, certainty="likely", type="RuntimeError", headline=["RuntimeError: no port, at logged_end.py"],
                frames=[truth.at("boot", "boot")], notes=["it logged this exception"])
else:
    truth.crash("exit", code=3, certainty="certain", headline=["^exit 3$"])
try:
    boot()
except RuntimeError:
    logging.log(logging.WARNING if sys.argv[1] == "warned" else logging.ERROR, "cannot boot", exc_info=True)
if sys.argv[1] == "later":
    for n in range(5):
        logging.info("step %d", n)
if sys.argv[1] == "why":
    print("the disk is full", file=sys.stderr)  # which may look like a part of the message
logging.info("ends")
sys.exit(3)
