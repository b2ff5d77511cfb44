import atexit


@atexit.register
def bye():
    raise OSError("already closed")
