"""logging.exception, of what was coped with."""
import logging

import truth

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
for n in range(5):
    try:
        [][n]
    except IndexError:
        logging.exception("item %d is missing, going on", n)
print("5 items skipped")
truth.reached()
