"""sys.exit with something else than 0: "code" 3, "message"."""
import sys

import truth

if sys.argv[1] == "code":
    truth.crash("exit", code=3, headline=["3"])
    sys.exit(3)
truth.crash("exit", code=1, headline=["1"], tail=["cannot open the archive"])
sys.exit("cannot open the archive")
