"""abort(3) in C code that Python calls: faulthandler tells where."""
import os

import truth


def check():
    os.abort()  # <- abort


truth.crash("signal", signal="SIGABRT", headline=["SIGABRT"], frames=[truth.at("abort", "check")], format="python faulthandler")
check()
