# A shell script that ends badly: see the arguments.
. "$(dirname "$0")/truth.sh"
case $1 in
code) # by a code of its own
	crash $$ '"cause": "exit", "code": 7, "headline": ["7"], "tail": ["cannot open the archive"]'
	echo "cannot open the archive" >&2
	exit 7 ;;
137) # a code that only looks like SIGKILL, let alone like no memory
	crash $$ '"cause": "exit", "code": 137, "headline": ["137"], "not_headline": ["memory"]'
	exit 137 ;;
not-found)
	crash $$ '"cause": "exit", "code": 127, "headline": ["127", "not found"]'
	no-such-command-of-muster ;;
timeout) # timeout(1) says that its command took too long; the script itself did not
	crash $$ '"cause": "exit", "code": 124, "headline": ["124"]'
	timeout 0.3 sleep 600
	exit $? ;;
child-segv) # a command of it ended by a signal, which the shell tells as 128+n
	crash $$ '"cause": "exit", "code": 139, "headline": ["139", "SIGSEGV"]'
	sh -c 'printf "{\"crash\": {\"pid\": %s, \"cause\": \"signal\", \"signal\": \"SIGSEGV\", \"headline\": [\"SIGSEGV\"]}}\n" $$ >>"$TRUTH"; kill -SEGV $$'
	exit $? ;;
esac
