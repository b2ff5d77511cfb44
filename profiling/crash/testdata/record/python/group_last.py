import asyncio


async def fail(n):
    await asyncio.sleep(0)
    raise ValueError(n)


async def main():
    async with asyncio.TaskGroup() as g:
        for n in range(3):
            g.create_task(fail(n))


asyncio.run(main())
