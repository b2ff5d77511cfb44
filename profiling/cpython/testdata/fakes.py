# Memory full of what looks like SemLocks: exact copies of one, and copies whose
# type is another one each time.
import ctypes, json, mmap, multiprocessing, struct, sys

lock = multiprocessing.get_context('fork').Lock()
lock.acquire()
real = ctypes.string_at(id(lock._semlock), 56)
copies = mmap.mmap(-1, int(sys.argv[1]) << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
copies.write(real * (len(copies) // 56))
types = mmap.mmap(-1, 4 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
base = ctypes.addressof(ctypes.c_char.from_buffer(types))
for i in range(len(types) // 56):
    types.write(real[:8] + struct.pack('<Q', base + 8 * i) + real[16:])
print(json.dumps([id(lock._semlock), base, base + len(types)]), flush=True)
sys.stdin.readline()
