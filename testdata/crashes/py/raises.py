"""An exception that nothing catches, two calls deep."""
import truth


def resize(width):
    if width < 0:
        raise ValueError("bad width %d" % width)  # <- raise


def main():
    resize(-3)  # <- call


truth.crash(
    "exception", code=1, type="ValueError", headline=["ValueError", "bad width -3"],
    frames=[truth.at("raise", "resize"), truth.at("call", "main")], tail=["ValueError: bad width -3"])
main()
