"""A task of asyncio that nobody awaits ("task"), a callback that raises ("callback"), and a
task whose exception somebody looks at ("asked"). Standard error is closed: none of it is printed."""
import asyncio
import gc
import os
import sys

import truth


async def fetch():
    raise OSError("no answer")  # <- task


def done():
    raise OSError("no answer")  # <- callback


async def main():
    if what == "callback":
        asyncio.get_running_loop().call_soon(done)
        await asyncio.sleep(0.01)
        return
    task = asyncio.ensure_future(fetch())
    await asyncio.wait([task])
    if what == "asked":
        print(task.exception())
    del task
    gc.collect()


what = sys.argv[1]
if what == "asked":
    truth.reached()
else:
    function, note = {"task": ("fetch", "nobody has awaited this task"), "callback": ("done", "Exception in callback done")}[what]
    truth.crash("exception", lives=True, type="OSError", headline=["OSError", "no answer"], frames=[truth.at(what, function)], notes=[note])
os.close(2)
asyncio.run(main())
