class Handle:
    def __del__(self):
        raise OSError("already closed")


Handle()
print("goes on")
