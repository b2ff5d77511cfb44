"""A program ends its commands by force: by a limit of time, and by kill. That is a part of the plan."""
import subprocess

import truth

try:
    subprocess.run(["sleep", "600"], timeout=0.3)
except subprocess.TimeoutExpired:
    print("long enough")
p = subprocess.Popen(["sleep", "600"])
p.kill()
p.wait()
truth.reached()
