"""A worker of gunicorn cannot load the application: it logs why, and leaves with code 3, upon
which its master does so, too. The first argument is gunicorn itself."""
import os
import subprocess
import sys

import truth

APP = "raise RuntimeError('no settings')\n"
CONF = """\
import os
def post_fork(server, worker):
    open(%r + ".worker.%%d" %% os.getpid(), "w").close()
"""

directory, base = os.path.split(truth.PATH)
temporary = os.environ["TMPDIR"]
for name, text in ("web.py", APP), ("conf.py", CONF % truth.PATH):
    with open(os.path.join(temporary, name), "w") as f:
        f.write(text)
address = os.path.join(temporary, "sock")
subprocess.call([sys.argv[1], "--bind", "unix:" + address, "--config", "conf.py", "web:app"], cwd=temporary)
worker, = [int(n.rpartition(".")[2]) for n in os.listdir(directory) if n.startswith(base + ".worker.")]
truth.crash("exception", pid=worker, code=3, certainty="likely", label="worker", type="RuntimeError",
            headline=["RuntimeError: no settings, at web.py:1"], frames=["web.py:1 <module>"], notes=["it logged this exception"])
