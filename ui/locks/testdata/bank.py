import fcntl


def transfer(source, target, amount):
    with open(source) as a, open(target) as b:
        # Two transfers in opposite directions never end:
        # take the locks in one order, for example by name.
        fcntl.flock(a, fcntl.LOCK_EX)
        fcntl.flock(b, fcntl.LOCK_EX)
        move(a, b, amount)
