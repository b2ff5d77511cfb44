"""No memory within RLIMIT_AS: an exception, and no OOM kill."""
import resource

import truth


def read_all():
    return bytearray(8 << 30)  # <- alloc


resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
truth.crash("exception", code=1, type="MemoryError", headline=["MemoryError"], frames=[truth.at("alloc", "read_all")])
read_all()
