"""apply_async raises in the worker, and nobody ever asks for its result."""
import truth


def resize(path):
    truth.crash("exception", lives=True, type="ValueError", headline=["ValueError", "cannot read b.jpg"],
                frames=[truth.at("raise", "resize")], task="resize", label="Pool", handled=False)
    raise ValueError("cannot read " + path)  # <- raise


if __name__ == "__main__":
    with truth.context().Pool(2) as pool:
        pool.apply_async(resize, ("b.jpg",))
        pool.close()
        pool.join()
    print("all done")
