def f():
    raise ValueError("a\nb")


def collect():
    found = []
    try:
        f()
    except ValueError as e:
        e.add_note("a note")
        found.append(e)
    found.append(ExceptionGroup("inner", [TypeError("b"), OSError("c")]))
    try:
        try:
            raise KeyError("k")
        except KeyError as k:
            raise RuntimeError("chained") from k
    except RuntimeError as e:
        found.append(e)
    return found


def main():
    raise ExceptionGroup("several", collect())


try:
    main()
except Exception:
    raise LookupError("after the group")
