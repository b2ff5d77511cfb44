"""A MemoryError that was coped with."""
import resource
import traceback

import truth

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
try:
    bytearray(8 << 30)
except MemoryError:
    traceback.print_exc()
truth.reached()
