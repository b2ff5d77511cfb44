"""answer.py METHOD child|both|tcp|unix|pipe|request: one has a Lock and waits for bytes, two want the Lock.

It waits for the output of a program that it has started (child; both: also for
what that says of errors), for the answer of a server to which it has connected
(tcp, unix), or of a child at the other end of a pipe: it keeps the two from work.
request: it is the server, and waits for what a client may want: that is idle.
"""

import socket
import subprocess
import sys

import truth


def hold(lock, child=0):
    with open(truth.PATH + ".child", "w") as f:
        f.write(str(child))
    lock.acquire()
    truth.mark("held")


def output(lock, how):
    pipe = subprocess.PIPE
    p = subprocess.Popen(["sleep", "7200"], stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe if how == "both" else None)
    hold(lock, p.pid)
    p.communicate()


def ask(lock, address):
    s = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
    s.connect(address)
    hold(lock)
    s.recv(1)


def serve(lock, address, takes):
    s = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
    s.bind(address)
    s.listen(1)
    with open(truth.PATH + ".address", "w") as f:
        print(s.getsockname()[1] if isinstance(address, tuple) else "", file=f)
    truth.mark("listens")
    connection, _ = s.accept()
    if takes:
        hold(lock)
        connection.recv(1)
    truth.rest()


def connect(address):
    s = socket.create_connection(address)
    truth.rest()
    return s


def answer(ours, theirs):
    ours.close()
    truth.rest()
    return theirs


def converse(lock):
    ours, theirs = truth.context().Pipe()
    child = truth.context().Process(target=answer, args=(ours, theirs), daemon=True)
    child.start()
    theirs.close()
    hold(lock, child.pid)
    ours.recv()


def want(lock):
    truth.await_mark("held")
    lock.acquire()


def main():
    how = sys.argv[2]
    lock = truth.context().Lock()
    waiters = [truth.process(want, lock) for _ in range(2)]
    if how in ("tcp", "unix", "request"):
        address = truth.PATH + ".socket" if how == "unix" else ("127.0.0.1", 0)
        server = truth.process(serve, lock, address, how == "request")
        truth.await_mark("listens")
        if how != "unix":
            with open(truth.PATH + ".address") as f:
                address = ("127.0.0.1", int(f.read()))
        other = truth.process(connect, address) if how == "request" else truth.process(ask, lock, address)
        holder = server if how == "request" else other
    else:
        holder = truth.context().Process(target=converse, args=(lock,)) if how == "pipe" else truth.context().Process(target=output, args=(lock, how))
        holder.start()
    truth.await_mark("held")
    with open(truth.PATH + ".child") as f:
        child = int(f.read())
    if child:
        truth.ends_too(child)
    for p in waiters:
        truth.asleep(p.pid, call="futex")
    truth.asleep(holder.pid)
    truth.lock("mp.Lock", [{"pid": holder.pid}], [truth.who(p.pid) for p in waiters], "idle" if how == "request" else "contended")
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
