#!/bin/bash
# Records what faulthandler prints in Python versions for the programs in
# faulthandler/, into ../faulthandler. Usage: faulthandler.sh VERSION... with pyenv's names.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=${PYENV_ROOT:-$HOME/.pyenv}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/faulthandler/*.py "$work"
cd "$work" || exit 1
ulimit -c 0
neutral() { sed -e "s#$work#/home/me/app#g" -e "s#$root/versions/#/opt/python/#g"; }
for version in "$@"; do
	python=$root/versions/$version/bin/python
	short=$(echo "$version" | cut -d. -f1,2)
	out=$here/../faulthandler
	mkdir -p "$out"
	for program in *.py; do
		PYTHONFAULTHANDLER=1 timeout 20 "$python" "$work/$program" 2>&1 >/dev/null | neutral >"$out/${program%.py}-$short.txt"
	done
	PYTHONHOME=/nowhere timeout 20 "$python" -c 1 2>&1 >/dev/null | neutral >"$out/init-$short.txt"
done
