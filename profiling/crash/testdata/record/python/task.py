import asyncio
import gc


async def fetch():
    raise ConnectionError("refused")


async def main():
    asyncio.ensure_future(fetch())
    await asyncio.sleep(0.01)
    gc.collect()


asyncio.run(main())
