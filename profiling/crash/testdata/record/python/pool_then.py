import multiprocessing


def resize(path):
    return int(path)


if __name__ == "__main__":
    with multiprocessing.Pool(1) as p:
        try:
            p.map(resize, ["a.jpg"])
        except ValueError:
            raise SystemError("the batch has failed")
