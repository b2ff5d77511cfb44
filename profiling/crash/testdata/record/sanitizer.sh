#!/bin/bash
# Records what the sanitizers of C compilers print for the programs in
# sanitizer/, into ../sanitizer. Usage: sanitizer.sh COMPILER..., such as gcc-12 clang-16.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/sanitizer/* "$work"
cd "$work" || exit 1
out=$here/../sanitizer
mkdir -p "$out"
ulimit -c 0
neutral() { sed -e "s#$work#/home/me/app#g"; }
for cc in "$@"; do
	for program in *.c *.cc; do
		name=${program%.*}
		compiler=$cc
		case $program in *.cc) compiler=$(echo "$cc" | sed 's/gcc/g++/;s/clang/clang++/') ;; esac
		kind=address
		case $name in *_tsan) kind=thread ;; *_ubsan) kind=undefined ;; esac
		"$compiler" -g -O0 -w -fno-omit-frame-pointer -fsanitize=$kind -o prog "$work/$program" -lpthread || continue
		timeout 30 setarch -R ./prog 2>&1 >/dev/null | neutral >"$out/$name-$cc.txt"
		[ "$name" = overflow_ubsan ] && UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 timeout 30 ./prog 2>&1 | neutral >"$out/${name}_stack-$cc.txt"
	done
done
