#!/bin/bash
# Records what Node prints for the programs in node/, into ../node.
# Usage: node.sh NODE..., such as /usr/bin/node. The major version goes into the files' names.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/node/* "$work"
cd "$work" || exit 1
out=$here/../node
mkdir -p "$out"
ulimit -c 0
neutral() { sed -e "s#$work#/home/me/app#g" -e 's/0x[0-9a-f]\{8,\}/0x7f0000001000/g'; }
for node in "$@"; do
	short=$("$node" --version | sed 's/^v//' | cut -d. -f1)
	for program in *.js *.mjs; do
		name=$(basename "${program%.*}" ' (2)')
		flags=
		[ "$name" = heap ] && flags=--max-old-space-size=20
		(timeout 20 "$node" $flags "$work/$program" 2>&1 >/dev/null) 2>/dev/null | neutral >"$out/$name-$short.txt"
	done
	flag() { (timeout 20 "$node" "$@" 2>&1 >/dev/null) 2>/dev/null | neutral; }
	flag --abort-on-uncaught-exception "$work/missing_file.js" >"$out/abort_on_uncaught-$short.txt"
	flag --trace-uncaught "$work/text.js" >"$out/trace_uncaught-$short.txt"
	flag --unhandled-rejections=strict "$work/rejected.js" >"$out/rejected_strict-$short.txt"
	flag --unhandled-rejections=warn "$work/async.js" >"$out/silent_warned-$short.txt"
	flag --enable-source-maps "$work/missing_module.js" >"$out/source_maps-$short.txt"
	flag -e 'throw new Error("from the command line")' >"$out/command-$short.txt"
	FORCE_COLOR=1 flag "$work/cause.js" >"$out/colour-$short.txt"
	# of a gigabyte
	flag -e 'const a = []; for (;;) a.push(1)' >"$out/too_long-$short.txt"
done
