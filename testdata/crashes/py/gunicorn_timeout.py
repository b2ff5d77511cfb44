"""A worker of gunicorn hangs in a request: its master says so, and ends it. The first
argument is gunicorn itself."""
import os
import signal
import socket
import subprocess
import sys
import time

import truth

APP = """\
import time
def app(environ, start):
    time.sleep(600)
"""
CONF = """\
import os
def post_worker_init(worker):
    open(%r + ".worker.%%d" %% os.getpid(), "w").close()
"""


def worker():
    """Waits for a worker that is ready, and returns its pid."""
    directory, base = os.path.split(truth.PATH)
    while True:
        for name in os.listdir(directory):
            if name.startswith(base + ".worker."):
                return int(name.rpartition(".")[2])
        if master.poll() is not None:
            sys.exit("gunicorn has ended")
        time.sleep(0.02)


directory = os.environ["TMPDIR"]
for name, text in ("web.py", APP), ("conf.py", CONF % truth.PATH):
    with open(os.path.join(directory, name), "w") as f:
        f.write(text)
address = os.path.join(directory, "sock")
master = subprocess.Popen([sys.argv[1], "--timeout", "1", "--bind", "unix:" + address, "--config", "conf.py", "web:app"], cwd=directory)
truth.crash("timeout", pid=worker(), certainty="certain", headline=["did not answer in time"], notes=["WORKER TIMEOUT"])
with socket.socket(socket.AF_UNIX) as client:
    client.connect(address)
    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
    while client.recv(4096):  # until the worker is gone
        pass
master.send_signal(signal.SIGTERM)
master.wait()
