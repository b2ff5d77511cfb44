"""fake.py METHOD: a process that fills 64 MiB with copies of its SemLock object, each of which says that it has the lock.

Another one has it, and one waits. Whoever lies may be named, but not for certain.
"""

import ctypes
import struct

import truth


def hold(lock):
    lock.acquire()
    truth.mark("held")
    truth.rest()


def lie(lock):
    # Modules/_multiprocessing/semaphore.c: the header is two words, then come
    # handle, last_tid and count.
    true = bytearray(ctypes.string_at(id(lock._semlock), 64))
    struct.pack_into("i", true, 32, 1)
    memory = bytes(true) * (64 << 20 >> 6)
    truth.mark("lies")
    truth.rest()
    return memory


def want(lock):
    lock.acquire()


def main():
    lock = truth.context().Lock()
    holder = truth.process(hold, lock)
    truth.await_mark("held")
    liar = truth.process(lie, lock)
    truth.await_mark("lies")
    waiter = truth.process(want, lock)
    truth.asleep(waiter.pid, call="futex")
    truth.lock("mp.Lock", [{"pid": holder.pid}], [truth.who(waiter.pid)], hidden=True, maybe=[{"pid": liar.pid}])
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
