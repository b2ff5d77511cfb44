"""prints.py N: a program that prints N numbered lines of 100 bytes with print()."""

import sys

pad = ("abcdefghijklmnopqrstuvwxyz" * 4)[:100]


def line(i):
    """The same line as bench/load prints: "SEQ 17 ghijkl..." up to column 99."""
    head = f"SEQ {i} "
    return head + pad[len(head):99]


for i in range(int(sys.argv[1])):
    print(line(i))
