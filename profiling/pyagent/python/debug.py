"""Lets a person debug a running program: pdb over a private Unix socket.

agent.py runs this in a namespace of its own, once somebody has asked, in the
main thread and where that was interrupted. Nothing of it is loaded before.
However the conversation ends, by q, c, Ctrl-D or a terminal that is gone, the
program goes on with the trace functions that it had.
"""

import atexit
import os
import sys

import _signal
import _socket

# At its end an interpreter takes its handlers back (_PySignal_Fini of CPython's
# Modules/signalmodule.c), but not from a signal that is ignored: one that comes
# late, as the last word of a debugger that leaves, must not end the program.
atexit.register(_signal.signal, SIGNAL, _signal.SIG_IGN)


def import_pdb():
    """Import pdb without readline, which would lay its hands on the program's
    terminal."""
    absent = object()
    readline, completer = sys.modules.get("readline", absent), "rlcompleter" in sys.modules
    sys.modules["readline"] = None
    try:
        import pdb

        pdb.Pdb(stdin=sys.stdin, stdout=sys.stdout, nosigint=True, readrc=False)
    finally:
        del sys.modules["readline"]
        if readline is not absent:
            sys.modules["readline"] = readline
        if not completer:
            sys.modules.pop("rlcompleter", None)
    return pdb.Pdb


Pdb = import_pdb()


class Wire:
    """The socket as pdb's input and output. One that is broken has ended."""

    encoding = "utf-8"

    def __init__(self, sock):
        self.sock = sock
        self.unread = b""

    def readline(self):
        while b"\n" not in self.unread:
            try:
                more = self.sock.recv(4096)
            except OSError as e:
                if e.__traceback__.tb_next is not None:
                    raise  # by a signal handler of the program, to the program
                more = b""
            if not more:
                return ""
            self.unread += more
        line, _, self.unread = self.unread.partition(b"\n")
        return line.decode("utf-8", "replace") + "\n"

    def write(self, text):
        try:
            self.sock.sendall(text.encode("utf-8", "backslashreplace"))
        except OSError as e:
            if e.__traceback__.tb_next is not None:
                raise
        return len(text)

    def flush(self):
        pass

    def gone(self):
        """Report whether the other end has been closed."""
        try:
            return not self.sock.recv(1, _socket.MSG_PEEK | _socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True


class Debugger(Pdb):
    """pdb in a process that goes on when it is left."""

    def __init__(self, wire):
        readline = sys.modules.get("readline")
        sys.modules["readline"] = None
        try:
            super().__init__(stdin=wire, stdout=wire, nosigint=True, readrc=False)
        finally:
            del sys.modules["readline"]
            if readline is not None:
                sys.modules["readline"] = readline
        self.wire = wire
        self.prompt = "(Pdb) "
        self.process = os.getpid()
        self.asking = self.left = False
        self.tracer = sys.gettrace()
        self.traced = []  # frames, and the trace functions that they had

    def enter(self, frame):
        """Talk now, and not only when what was interrupted has come to its next line."""
        TELL(True)
        self.reset()
        at = frame
        while at is not None:
            self.traced.append((at, at.f_trace))
            self.botframe = at
            at = at.f_back
        self.talk(frame)

    def talk(self, frame):
        sys.settrace(None)
        try:
            self.interaction(frame, None)
        except BaseException:  # of a signal handler of the program
            self.leave()
            raise
        if not self.left:
            self.trace_from(frame)

    def trace_from(self, frame):
        while frame is not None:
            frame.f_trace = self.trace_dispatch
            frame = frame.f_back
        sys.settrace(self.trace_dispatch)

    def interaction(self, frame, *args):
        self.asking = True
        try:
            super().interaction(frame, *args)
        finally:
            self.asking = False

    def _cmdloop(self):
        self.cmdloop()  # an interrupt of the program's is the program's

    def trace_dispatch(self, frame, event, arg):
        if os.getpid() != self.process:
            self.leave()  # a forked child has nobody to talk to
        if self.left:
            return None
        local = super().trace_dispatch(frame, event, arg)
        return None if self.left else local

    def set_continue(self):
        super().set_continue()
        if not self.breaks:
            self.leave()

    def set_quit(self):
        self.clear_all_breaks()
        super().set_continue()
        self.leave()

    def do_run(self, arg):
        self.message("the program cannot be started anew from here")

    do_restart = do_run

    def leave(self):
        """Give the program back as it was found."""
        global debugger
        if self.left:
            return
        self.left, debugger = True, None
        sys.settrace(self.tracer)
        for frame, trace in self.traced:
            frame.f_trace = trace
        self.traced = []
        sock = self.wire.sock
        try:
            if os.getpid() == self.process:
                TELL(False)
                sock.shutdown(_socket.SHUT_RDWR)
        except OSError:
            pass
        sock.close()


debugger = None  # the conversation that is under way


def asked(name, frame):
    """Begin a conversation if one is asked for; else stop in the one there is."""
    global debugger
    if debugger is not None and debugger.process != os.getpid():
        debugger.leave()
    if name and debugger is None:
        try:
            sock = CONNECT(name)
        except OSError:
            return  # nobody waits any more
        debugger = Debugger(Wire(sock))
        debugger.enter(frame)
    elif debugger is not None and not debugger.asking:
        if debugger.wire.gone():
            debugger.set_quit()
        else:
            debugger.talk(frame)
