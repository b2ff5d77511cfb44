from concurrent.futures import ProcessPoolExecutor


def resize(path):
    raise ValueError("bad width of " + path)


if __name__ == "__main__":
    found = []
    with ProcessPoolExecutor(1) as p:
        for path in ("a.jpg", "b.jpg"):
            try:
                p.submit(resize, path).result()
            except ValueError as e:
                found.append(e)
    raise ExceptionGroup("the batch", found)
