# What the shell programs of the corpus share: see ../README.md. Sourced.
set -u
truth=${TRUTH:-/dev/stdout}
scratch=${TRUTH:-$(mktemp -u)}
others=""

# asleep PID NAME waits until a process of that name is blocked, and stays so.
asleep() {
	same=0 last=""
	while [ "$same" -lt 5 ]; do
		now=$(awk '/^(Name|State|voluntary_ctxt_switches):/ {print $2}' "/proc/$1/status" 2>/dev/null | tr '\n' ' ')
		case $now in
		"$2 S "*) if [ "$now" = "$last" ]; then same=$((same + 1)); else same=0; fi ;;
		*) same=0 ;;
		esac
		last=$now
		sleep 0.01
	done
}

# child PID prints the child of a process, as soon as it has one.
child() {
	while :; do
		set -- "$1" $(cat "/proc/$1/task/$1/children" 2>/dev/null)
		[ $# -gt 1 ] && break
		sleep 0.01
	done
	echo "$2"
}

# stay JSON writes the truth, and ends the program when its stdin ends.
stay() {
	if [ "$truth" = /dev/stdout ]; then
		printf '%s\n' "$1"
	else
		printf '%s\n' "$1" >"$truth.tmp"
		mv "$truth.tmp" "$truth"
	fi
	while read -r _; do :; done
	for pid in $others; do kill -9 "$pid" 2>/dev/null; done
	rm -f "$scratch".file*
	exit 0
}
