"""A pool whose workers compute in one function, which their profile must name."""
import multiprocessing


def hot_function(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


def work(_):
    while True:
        hot_function(10000)


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(4) as pool:
        print("computing", flush=True)
        pool.map(work, range(4), chunksize=1)
