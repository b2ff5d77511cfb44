import traceback


def divide():
    return 1 / 0


def work():
    try:
        divide()
    except ZeroDivisionError:
        traceback.print_exc()


work()
