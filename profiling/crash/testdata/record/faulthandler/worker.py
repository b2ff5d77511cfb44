import ctypes
import multiprocessing


def resize(path):
    ctypes.string_at(0)


if __name__ == "__main__":
    p = multiprocessing.get_context("fork").Process(target=resize, args=("a.jpg",))
    p.start()
    p.join()
