"""A traceback that SIGKILL cut in its middle."""
import os
import signal
import sys
import time

import truth

truth.crash("killed", signal="SIGKILL", headline=["SIGKILL"], tail=["Traceback"])
sys.stderr.write('Traceback (most recent call last):\n  File "/x/y.py", line 3, in work\n    go()\n  File "/x/y')
sys.stderr.flush()
time.sleep(0.3)
os.kill(os.getpid(), signal.SIGKILL)
time.sleep(600)
