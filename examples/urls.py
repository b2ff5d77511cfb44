"""Pages fetched from a slow server: work that waits.

    python3 examples/urls.py              starts the server, fetches, compares
    python3 examples/urls.py --watch      does it once with muster's screens
"""

import argparse
import http.server
import os
import shutil
import sys
import threading
import time

import measure

WORKERS = 16  # far more than processors: each waits nearly all the time
BUSY = "/page/13"  # is answered with 503 the first time


def page(path):
    return "<h1>This is %s</h1>\n" % path


class SlowServer(http.server.ThreadingHTTPServer):
    """Answers after a while, and counts how many wait at once."""

    daemon_threads = True
    request_queue_size = 128  # or connections of many workers are refused

    def __init__(self, latency):
        super().__init__(("127.0.0.1", 0), Handler)
        self.latency = latency
        self.lock = threading.Lock()
        self.forget()

    def forget(self):
        self.now, self.most, self.asked = 0, 0, set()

    def entered(self, path):
        """Notes a request, and returns whether it is the first for its page."""
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            first = path not in self.asked
            self.asked.add(path)
            return first

    def left(self):
        with self.lock:
            self.now -= 1


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        first = self.server.entered(self.path)
        try:
            time.sleep(self.server.latency)
            busy = first and self.path == BUSY
            body = ("busy, ask again\n" if busy else page(self.path)).encode()
            self.send_response(503 if busy else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
        finally:
            self.server.left()  # before the client has all, and another comes
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def main():
    parser = argparse.ArgumentParser(description="Pages fetched from a slow server.")
    parser.add_argument("--count", type=int, default=32, help="how many pages")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds that the server takes for an answer")
    parser.add_argument("--watch", action="store_true", help="do it once, with muster's screens")
    options = parser.parse_args()
    if not shutil.which("curl"):
        measure.give_up("curl is not installed: on Debian and Ubuntu, apt install curl")

    muster, out = measure.find_muster(), measure.folder("urls")
    server = SlowServer(options.latency)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    items = os.path.join(out, "urls.txt")
    with open(items, "w") as f:
        f.writelines("http://127.0.0.1:%d/page/%d\n" % (server.server_port, n) for n in range(options.count))

    def work(workers):
        results = os.path.join(out, "pages-%d.jsonl" % workers)
        return ["-j", workers, "--retries", 3, "--results", results, "curl", "--fail", "--silent", "--show-error", "::::", items]

    print("a server on port %d takes %.0f ms for each of %d pages:" % (server.server_port, 1000 * options.latency, options.count), flush=True)
    if options.watch:
        sys.exit(measure.watch(muster, *work(WORKERS)))
    took = {}
    for workers in (1, 4, WORKERS):
        server.forget()
        took[workers] = measure.muster_map(muster, *work(workers))
        print("             the server saw %d at once, at the most" % server.most, flush=True)
    measure.speed_up(took[1], took[WORKERS], WORKERS)
    print("The pages are in %s" % os.path.relpath(os.path.join(out, "pages-%d.jsonl" % WORKERS)))


if __name__ == "__main__":
    main()
