#!/bin/sh
# pidns.sh PROGRAM ARG...: another program of the corpus in a PID namespace of
# its own, whose numbers are not those that everybody else sees. Where the
# machine does not permit that it ends with code 77.
if [ "$(id -u)" = 0 ]; then how=-pf; else how=-Urpf; fi
unshare $how true 2>/dev/null || exit 77
exec unshare $how --kill-child "$@"
