# One lock at a time, a new one for each line of input, held; prints where it is
# and which file its semaphore is, as the process's own mappings say.
import ctypes, json, multiprocessing, sys

ctx = multiprocessing.get_context('fork')
while True:
    lock = ctx.Lock()
    lock.acquire()
    handle = ctypes.c_uint64.from_address(id(lock._semlock) + 16).value
    with open('/proc/self/maps') as maps:
        inode = [int(line.split()[4]) for line in maps if line.startswith('%x-' % handle)]
    print(json.dumps([id(lock._semlock), inode[0]]), flush=True)
    if not sys.stdin.readline():
        break
    lock.release()
    del lock
