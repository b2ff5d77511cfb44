"""A message with terminal escapes, which must not reach the terminal."""
import truth


def fail():
    raise ValueError("\x1b]0;owned\x07\x1b[2Jred\x1b[31m alert")  # <- raise


truth.crash("exception", code=1, type="ValueError", headline=["ValueError"], frames=[truth.at("raise", "fail")])
fail()
