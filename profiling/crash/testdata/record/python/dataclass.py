from dataclasses import dataclass


@dataclass
class Size:
    width: int


class Picture:
    def __init__(self):
        self.size = Size()


Picture()
