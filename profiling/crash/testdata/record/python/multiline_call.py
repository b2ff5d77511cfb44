def area(a, b):
    return a * b / (
        a -
        b
    )


area(
    1,
    1,
)
