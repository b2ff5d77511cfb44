import logging

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
try:
    1 / 0
except ZeroDivisionError:
    logging.exception("cannot divide, trying another way")
logging.warning("went on")
