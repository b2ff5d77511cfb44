"""subprocess.run(check=True) of a command that fails: the exception is the crash."""
import subprocess
import sys

import truth


def build():
    subprocess.run([sys.executable, "-c", "raise SystemExit(9)"], check=True)  # <- run


truth.crash("exception", code=1, type="subprocess.CalledProcessError", headline=["CalledProcessError", "9"], frames=[truth.at("run", "build")])
build()
