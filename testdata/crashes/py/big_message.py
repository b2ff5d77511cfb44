"""An exception with a message of a megabyte."""
import truth


def fail():
    raise ValueError("x" * (1 << 20))  # <- raise


truth.crash("exception", code=1, type="ValueError", headline=["ValueError"], frames=[truth.at("raise", "fail")], longest_headline=2000)
fail()
