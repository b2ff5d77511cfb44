"""What the server of a manager raises comes through a proxy, whose methods have no file, and ends the
process that has asked: as it was raised, or as a RemoteError ("remote") where it cannot be pickled."""
import sys
from multiprocessing.managers import BaseManager

import truth


class Store:
    def get(self, key):
        if key == "remote":
            e = ValueError(key)
            e.why = lambda: key
            raise e
        return {}[key]


class Manager(BaseManager):
    pass


Manager.register("Store", Store)


def fetch(store):
    remote = sys.argv[2] == "remote"
    truth.crash("exception", code=1, type="multiprocessing.managers.RemoteError" if remote else "KeyError",
                headline=["at manager_proxy.py:.* in fetch"], frames=[truth.at("get", "fetch")], label="Process", format="python agent")
    store.get(sys.argv[2])  # <- get


if __name__ == "__main__":
    with Manager(ctx=truth.context()) as manager:
        store = manager.Store()
        p = truth.context().Process(target=fetch, args=(store,))
        p.start()
        p.join()
