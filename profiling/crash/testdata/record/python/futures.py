from concurrent.futures import ProcessPoolExecutor


def resize(path):
    raise ValueError("bad width\nin " + path)


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as p:
        print(p.submit(resize, "a.jpg").result())
