#!/bin/sh
# pipe.sh empty|full|fifo|open: a pipeline whose writer says nothing, or whose reader
# does not read; a reader of a named pipe; and one who opens such a pipe alone.
. "$(dirname "$0")/truth.sh"

# named NAME prints the pid of the child of that name, as soon as there is one.
named() {
	while :; do
		for pid in $(cat "/proc/$$/task/$$/children"); do
			if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ]; then
				echo "$pid"
				return
			fi
		done
		sleep 0.01
	done
}

idle='"contended":false,"abandoned":false,"idle":true}],"deadlocks":[],"never":["abandoned","contended"]'
case $1 in
empty)
	tail -f /dev/null | cat >/dev/null &
	holder=$(named tail) waiter=$(named cat) says=$idle
	;;
fifo)
	mkfifo "$scratch.file"
	cat "$scratch.file" >/dev/null &
	tail -f /dev/null >"$scratch.file" &
	holder=$(named tail) waiter=$(named cat) says=$idle
	;;
open)
	mkfifo "$scratch.file"
	dd if="$scratch.file" of=/dev/null 2>/dev/null &
	waiter=$(named dd)
	asleep "$waiter" dd
	others=$waiter
	stay "{\"locks\":[{\"kind\":\"pipe\",\"holders\":[],\"waiters\":[{\"pid\":$waiter,\"tid\":$waiter}],$idle}"
	;;
full)
	yes | tail -f /dev/null &
	holder=$(named tail) waiter=$(named yes)
	says='"contended":true,"abandoned":false,"idle":false}],"deadlocks":[],"never":["abandoned"]'
	;;
esac
asleep "$waiter" "$(cat "/proc/$waiter/comm")"
others="$waiter $holder"
stay "{\"locks\":[{\"kind\":\"pipe\",\"holders\":[{\"pid\":$holder}],\"waiters\":[{\"pid\":$waiter,\"tid\":$waiter}],$says}"
