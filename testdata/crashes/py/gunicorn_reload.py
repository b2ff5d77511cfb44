"""gunicorn is told to reload by SIGHUP, and then to end by SIGTERM: no worker
of it crashes. The first argument is gunicorn itself."""
import os
import signal
import subprocess
import sys
import time

import truth

APP = "def app(environ, start):\n    start('200 OK', [])\n    return [b'well']\n"
CONF = """\
import os
def post_worker_init(worker):
    open(%r + ".worker.%%d" %% os.getpid(), "w").close()
"""


def workers(but=()):
    """Waits for two workers that are ready."""
    directory, base = os.path.split(truth.PATH)
    while True:
        found = {n for n in os.listdir(directory) if n.startswith(base + ".worker.")} - set(but)
        if len(found) >= 2:
            return found
        if master.poll() is not None:
            sys.exit("gunicorn has ended")
        time.sleep(0.02)


directory = os.environ["TMPDIR"]
with open(os.path.join(directory, "web.py"), "w") as f:
    f.write(APP)
with open(os.path.join(directory, "conf.py"), "w") as f:
    f.write(CONF % truth.PATH)
master = subprocess.Popen([sys.argv[1], "--workers", "2", "--bind", "unix:" + os.path.join(directory, "sock"), "--config", "conf.py", "web:app"], cwd=directory)
old = workers()
master.send_signal(signal.SIGHUP)
workers(old)
master.send_signal(signal.SIGTERM)
master.wait()
truth.reached()
