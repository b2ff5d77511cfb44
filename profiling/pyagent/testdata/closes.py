"""Closes all descriptors but the standard ones, as a daemon does, has them used
by a file of its own then, and waits for the end of its standard input."""

import os
import sys

own = os.open(sys.argv[1], os.O_RDWR)
os.closerange(3, own)
os.closerange(own + 1, 1024)
for number in range(190, 260):
    os.dup2(own, number)
os.write(1, b"closed\n")
sys.stdin.read()
