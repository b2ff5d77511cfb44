import multiprocessing


def resize(path):
    try:
        int(path)
    except ValueError as e:
        raise RuntimeError("cannot resize " + path) from e


if __name__ == "__main__":
    with multiprocessing.Pool(1) as p:
        p.map(resize, ["a.jpg"])
