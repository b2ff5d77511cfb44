#!/bin/bash
# Records what the C and C++ runtimes print at the ends of the programs in
# native/, into ../glibc and ../cpp. Usage: native.sh COMPILER... A name that
# begins with clang is built with libc++, whose terminate has words of its own.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/native/* "$work"
cd "$work" || exit 1
mkdir -p "$here/../glibc" "$here/../cpp"
ulimit -c 0
neutral() { sed -e "s#$work#/home/me/app#g"; }
for cc in "$@"; do
	cxx=$(echo "$cc" | sed "s/gcc/g++/;s/clang/clang++/")
	for program in *.c *.cc; do
		name=${program%.*}
		case $program in
		*_cpp.cc)
			folder=cpp
			lib=
			case $cc in clang*) lib=-stdlib=libc++ ;; esac
			"$cxx" -g -O0 -w $lib -o prog "$work/$program" -lpthread || continue
			;;
		*.cc)
			folder=glibc
			"$cxx" -g -O0 -w -o prog "$work/$program" || continue
			;;
		*)
			folder=glibc
			level=-O0
			[ $name = chk_glibc ] && level="-O2 -D_FORTIFY_SOURCE=2"
			"$cc" -g $level -w -fstack-protector-all -o prog "$work/$program" -lpthread || continue
			;;
		esac
		name=${name%_glibc}
		(timeout 20 ./prog >/dev/null) 2>&1 | grep -v 'Aborted\|prog >/dev/null' | neutral >"$here/../$folder/${name%_cpp}-$cc.txt"
	done
done
