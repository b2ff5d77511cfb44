"""sender.py METHOD pipe|duplex: two processes send to each other more than a pipe holds, and read only then.

fork: each has all ends of the pipes, as it has inherited them, so that it could
read what it has sent itself.
"""

import truth


def send(sends, reads, mark):
    truth.mark(mark)
    sends.send_bytes(b"x" * 400000)
    reads.recv_bytes()


def main():
    ctx, duplex = truth.context(), truth.sys.argv[2] == "duplex"
    if duplex:
        a, b = ctx.Pipe()
        ends = [(a, a), (b, b)]
    else:
        (r, s), (r2, s2) = ctx.Pipe(False), ctx.Pipe(False)
        ends = [(s, r2), (s2, r)]
    senders = [truth.process(send, *end, "begun%d" % n) for n, end in enumerate(ends)]
    for n in range(2):
        truth.await_mark("begun%d" % n)
    for pair in ends:
        for end in pair:
            end.close()
    pids = [p.pid for p in senders]
    for pid in pids:
        truth.asleep(pid, call="write")
    for n, pid in enumerate(pids):
        readers = pids if truth.sys.argv[1] == "fork" else [pids[1 - n]]
        truth.lock("socket" if duplex else "pipe", [{"pid": p} for p in readers], [truth.who(pid)], "contended")
    truth.deadlock(*pids)
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
