"""faulthandler.dump_traceback_later(exit=True): it took too long."""
import faulthandler
import time

import truth


def slow():
    time.sleep(600)  # <- slow


truth.crash("timeout", code=1, headline=["Timeout|took too long|timeout"], frames=[truth.at("slow", "slow")])
faulthandler.dump_traceback_later(0.3, exit=True)
slow()
