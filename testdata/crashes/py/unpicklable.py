"""A result that cannot be pickled, and nobody asks for it."""
import truth


def work(n):
    truth.crash("exception", lives=True, headline=["pickle|lambda"], task="work", handled=False)
    return lambda: n


if __name__ == "__main__":
    with truth.context().Pool(1) as pool:
        pool.apply_async(work, (1,))
        pool.close()
        pool.join()
