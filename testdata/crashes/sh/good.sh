# Shell scripts that end well, and in which commands fail on their way: no crash.
. "$(dirname "$0")/truth.sh"
case $1 in
grep) # found nothing, which is an answer
	for word in a b c; do echo xyz | grep -q "$word" || echo "no $word"; done ;;
failed-child) # a failure that is looked at
	sh -c 'echo "cannot do it" >&2; exit 3' || echo "going on without it" ;;
ignored) # a failure that is not looked at
	sh -c 'exit 3'
	false ;;
background) # a background job that the script ends
	sleep 600 &
	kill $!
	wait $! ;;
forced) # a background job that the script ends by force
	sleep 600 &
	kill -9 $!
	wait $! ;;
make) # a recipe may fail where make is told to ignore it
	dir=$(mktemp -d)
	printf 'all: a b c\na b c:\n\t-@sh -c "exit 3"\n\t@echo made $@\n' >"$dir/Makefile"
	make -j3 -C "$dir" all || exit 1
	rm -r "$dir" ;;
configure) # asks two hundred questions, most of them answered by a failure
	i=0
	while [ $i -lt 200 ]; do
		sh -c "echo 'checking for feature $i...'; test -e /no/such/feature$i" || i=$((i + 1))
	done ;;
timeout) # a limit that is a part of the plan
	timeout 0.3 sleep 600 || echo "long enough" ;;
esac
reached
exit 0
