import ctypes


def crash():
    ctypes.string_at(0)


def main():
    crash()


main()
