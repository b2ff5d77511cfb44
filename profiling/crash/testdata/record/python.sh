#!/bin/bash
# Records what Python versions print for the programs in python/, into
# ../python_traceback. Usage: python.sh VERSION... with pyenv's names.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=${PYENV_ROOT:-$HOME/.pyenv}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/python/*.py "$work"
cd "$work" || exit 1

# Paths say nothing of this machine.
neutral() { sed -e "s#$work#/home/me/app#g" -e "s#$root/versions/#/opt/python/#g" -e 's/0x[0-9a-f]\{8,\}/0x7f0000001000/g'; }

for version in "$@"; do
	python=$root/versions/$version/bin/python
	short=$(echo "$version" | cut -d. -f1,2)
	out=$here/../python_traceback
	mkdir -p "$out"
	for program in *.py; do
		name=${program%.py}
		case $short:$name in 3.8:notes | 3.8:*group* | 3.9:notes | 3.9:*group* | 3.10:notes | 3.10:*group*) continue ;; esac
		timeout 20 "$python" "$work/$program" 2>&1 >/dev/null | neutral >"$out/$name-$short.txt"
	done
	timeout 20 "$python" -c 'def f(): return 1 / 0
f()' 2>&1 | neutral >"$out/command-$short.txt"
	timeout 20 "$python" -m error 2>&1 | neutral >"$out/module-$short.txt"
	if [ "$short" = 3.13 ]; then
		FORCE_COLOR=1 timeout 20 "$python" "$work/cause.py" 2>&1 | neutral >"$out/colour-$short.txt"
		FORCE_COLOR=1 timeout 20 "$python" "$work/group.py" 2>&1 | neutral >"$out/colour_group-$short.txt"
	fi
done
