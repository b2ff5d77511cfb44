import json


def parse(text):
    return json.loads(text)


def main():
    for text in ("{}", '{"a": }'):
        parse(text)


main()
