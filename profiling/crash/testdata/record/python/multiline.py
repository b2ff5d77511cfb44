class Invalid(ValueError):
    pass


def check():
    raise Invalid("2 errors\nwidth: must be positive\n\nheight: must be a number")


try:
    check()
except Invalid as e:
    raise LookupError("first\nsecond") from e
