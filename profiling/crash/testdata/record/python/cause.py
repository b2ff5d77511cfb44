def read(config):
    try:
        return config["width"]
    except KeyError as e:
        raise RuntimeError("no width in the configuration") from e


def main():
    try:
        read({})
    except RuntimeError:
        int("twelve")


main()
