"""An exception whose cause is, in the end, itself."""
import truth


def fail():
    a, b = ValueError("a"), TypeError("b")
    a.__cause__, b.__cause__ = b, a
    raise a  # <- raise


truth.crash("exception", code=1, type="ValueError", headline=["ValueError: a"], frames=[truth.at("raise", "fail")])
fail()
