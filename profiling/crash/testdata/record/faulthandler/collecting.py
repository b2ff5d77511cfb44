import ctypes
import gc


class A:
    def __del__(self):
        ctypes.string_at(0)


a = A()
a.a = a
del a
gc.collect()
