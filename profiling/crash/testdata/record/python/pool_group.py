import multiprocessing


def resize(path):
    raise ExceptionGroup("several", [ValueError("bad width"), OSError(path)])


if __name__ == "__main__":
    with multiprocessing.Pool(1) as p:
        p.map(resize, ["a.jpg"])
