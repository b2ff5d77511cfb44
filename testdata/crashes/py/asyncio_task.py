"""asyncio.run of a coroutine that raises."""
import asyncio

import truth


async def fetch():
    await asyncio.sleep(0)
    raise TimeoutError("no answer")  # <- raise


async def main():
    await fetch()  # <- await


truth.crash("exception", code=1, type="TimeoutError|asyncio.TimeoutError", headline=["TimeoutError"],
            frames=[truth.at("raise", "fetch"), truth.at("await", "main")])
asyncio.run(main())
