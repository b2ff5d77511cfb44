"""Forks while a thread runs, of which newer Pythons warn."""
import os
import threading

import truth

end = threading.Event()
t = threading.Thread(target=end.wait)
t.start()
pid = os.fork()
if pid == 0:
    os._exit(0)
os.waitpid(pid, 0)
end.set()
t.join()
truth.reached()
