"""Processes that end by sys.exit: "each" in another way, "alike" twice with one message, "caught"
with 1 where an exception has been printed, "good" with codes that are 0 for the kernel, and "class"
in a class that has its own run() and finds nothing strange in itself."""
import sys
import traceback

import truth


def fail(what):
    sys.exit(what)  # <- exit


def by_message():
    truth.crash("exit", code=1, type="SystemExit", format="python agent", certainty="certain", label="by_message",
                headline=["^exit 1: config file missing, at process_exit.py:.* in fail$"],
                frames=[truth.at("exit", "fail"), truth.at("call", "by_message")], tail=["config file missing"], same_before=0)
    fail("config file missing")  # <- call


def by_dict():
    truth.crash("exit", code=1, type="SystemExit", headline=["^exit 1: {'a': 1}, at"], label="by_dict", same_before=0)
    fail({"a": 1})


def by_true():
    truth.crash("exit", code=1, type="SystemExit", headline=[r"^exit 1: SystemExit\(True\), at"], label="by_true", same_before=0)
    fail(True)


def by_code():
    truth.crash("exit", code=3, type="SystemExit", headline=[r"^exit 3: SystemExit\(3\), at"], label="by_code", same_before=0)
    fail(3)


def by_nothing():
    if sys.version_info < (3, 9):  # which ends with 1
        truth.crash("exit", code=1, type="SystemExit", headline=["^exit 1: SystemExit, at"], label="by_nothing", same_before=0)
    fail(None) if sys.version_info >= (3, 9) else sys.exit()


def alike(before):
    truth.crash("exit", code=1, type="SystemExit", headline=["disk full"], label="alike", same_before=before)
    fail("disk full")


def caught():
    try:
        int("seven")
    except ValueError:
        traceback.print_exc()
        truth.crash("exception", code=1, type="ValueError", headline=["ValueError"], label="caught", notes=["caught this exception"])
        sys.exit(1)


def good(code):
    sys.exit(code)


class Sender(truth.context().Process):
    def run(self):
        found = sorted(name for name in vars(self) if not name.startswith("_"))
        assert found == [], found
        truth.crash("exit", code=4, type="SystemExit", headline=[r"^exit 4: SystemExit\(4\), at"], label="sender")
        sys.exit(4)


def run(target, *args):
    p = truth.context().Process(target=target, args=args, name=target.__name__)
    p.start()
    p.join()


if __name__ == "__main__":
    if sys.argv[2] == "each":
        for target in by_message, by_dict, by_true, by_code, by_nothing:
            run(target)
    if sys.argv[2] == "alike":
        run(alike, 0)
        run(alike, 1)
    if sys.argv[2] == "caught":
        run(caught)
    if sys.argv[2] == "good":
        run(good, 0)
        run(good, 256)
        run(good, False)
        truth.reached()
    if sys.argv[2] == "class":
        p = Sender(name="sender")
        p.start()
        p.join()
