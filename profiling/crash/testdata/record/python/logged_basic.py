import logging

logging.basicConfig()


def work():
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("cannot divide, trying another way")


work()
logging.warning("went on")
