# A second interpreter with a GIL of its own, which holds it while the first one
# waits for input. Prints nothing where there is no such thing.
import sys, threading

try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        interpreters = None

if interpreters is None or sys.version_info < (3, 12):
    print('[]', flush=True)
else:
    # 3.12 takes the thread that made an interpreter for the one that runs it.
    code = "import threading\nprint([threading.get_native_id()], flush=True)\nsum(range(10**15))"
    threading.Thread(target=lambda: interpreters.run_string(interpreters.create(), code), daemon=True).start()
sys.stdin.readline()
sys.stdout.flush()
import os
os._exit(0)
