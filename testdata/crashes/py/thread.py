"""A thread ends by an exception, and the program goes on to its good end."""
import threading

import truth


def poll():
    raise ConnectionError("the feed is gone")  # <- raise


truth.crash("exception", lives=True, type="ConnectionError", headline=["ConnectionError", "the feed is gone"],
            frames=[truth.at("raise", "poll")], thread="poller")
t = threading.Thread(target=poll, name="poller")
t.start()
t.join()
print("went on without it")
