# Many locks, or much memory: python3 many.py LOCKS MEGABYTES. It prints the
# address of the first and of the last lock, and which one it holds.
import json, mmap, multiprocessing, sys

locks, megabytes = int(sys.argv[1]), int(sys.argv[2])
ctx = multiprocessing.get_context('fork')
kept = [ctx.Lock() for _ in range(locks // 2)]
# Memory that nobody has touched, and that the reader must not touch either.
reserve = mmap.mmap(-1, 512 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
# Objects of many sizes, so that the locks lie among them.
heap = [bytes(400 + i % 100) for i in range(megabytes * 2000)]
kept += [ctx.Lock() for _ in range(locks - locks // 2)]
kept[locks // 3].acquire()
print(json.dumps([id(kept[i]._semlock) for i in (0, -1, locks // 3)]), flush=True)
sys.stdin.readline()
