"""An exception of a worker that its parent asked for and coped with."""
import truth


def resize(path):
    truth.crash("exception", lives=True, type="OSError", headline=["OSError", "no such picture"],
                frames=[truth.at("raise", "resize")], task="resize", handled=True)
    raise OSError("no such picture")  # <- raise


if __name__ == "__main__":
    with truth.context().Pool(1) as pool:
        try:
            pool.apply_async(resize, ("c.jpg",)).get()
        except OSError as e:
            print("skipped:", e)
        pool.close()
        pool.join()
