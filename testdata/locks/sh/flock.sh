#!/bin/sh
# flock.sh command|descriptor|abba: locks by flock(1). command: "flock FILE
# COMMAND" holds it, so flock and the command have it both. descriptor: a shell
# holds it on descriptor 9, as in "exec 9>FILE; flock 9". abba: two shells.
. "$(dirname "$0")/truth.sh"
f=$scratch.file
: >"$f"
: >"$f.two"

case $1 in
command)
	flock "$f" sleep 100000 &
	holder=$!
	under=$(child $holder)
	asleep "$under" sleep
	others="$under $holder"
	holders="{\"pid\":$holder},{\"pid\":$under}"
	;;
descriptor)
	(exec 9>"$f" && flock 9 && : >"$f.held" && exec 8>&9 sleep 100000) &
	holder=$!
	while [ ! -e "$f.held" ]; do sleep 0.01; done
	asleep $holder sleep
	others=$holder
	holders="{\"pid\":$holder}"
	;;
abba)
	sh -c 'exec 9>"$0"; flock 9; : >"$0.held1"; while [ ! -e "$0.held2" ]; do sleep 0.01; done; exec flock "$0.two" true' "$f" &
	a=$!
	sh -c 'exec 9>"$0.two"; flock 9; : >"$0.held2"; while [ ! -e "$0.held1" ]; do sleep 0.01; done; exec flock "$0" true' "$f" &
	b=$!
	others="$a $b"
	asleep $a flock
	asleep $b flock
	stay "{\"locks\":[
		{\"kind\":\"flock\",\"holders\":[{\"pid\":$b}],\"waiters\":[{\"pid\":$a,\"tid\":$a}]},
		{\"kind\":\"flock\",\"holders\":[{\"pid\":$a}],\"waiters\":[{\"pid\":$b,\"tid\":$b}]}],
		\"deadlocks\":[[$a,$b]],\"never\":[\"abandoned\"]}"
	;;
esac
flock "$f" true &
waiter=$!
others="$waiter $others"
asleep $waiter flock
stay "{\"locks\":[{\"kind\":\"flock\",\"holders\":[$holders],\"waiters\":[{\"pid\":$waiter,\"tid\":$waiter}],
	\"contended\":true,\"abandoned\":false,\"idle\":false}],\"deadlocks\":[],\"never\":[\"abandoned\"]}"
