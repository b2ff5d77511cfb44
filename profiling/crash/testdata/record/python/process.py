import multiprocessing


def work(n):
    return 1 / n


if __name__ == "__main__":
    p = multiprocessing.get_context("spawn").Process(target=work, args=(0,), name="Resizer-1")
    p.start()
    p.join()
