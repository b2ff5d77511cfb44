import faulthandler
import time


def wait():
    time.sleep(1)


faulthandler.dump_traceback_later(0.2)
wait()
