#!/bin/bash
# Records what Rust versions print for the programs in rust/, into ../rust.
# Usage: rust.sh NAME RUSTC..., where NAME goes into the files' names.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/rust/*.rs "$work"
cd "$work" || exit 1
out=$here/../rust
mkdir -p "$out"
ulimit -c 0
name=$1
shift
neutral() { sed -e "s#$work#/home/me/app#g" -e "s#/tmp/[^ ]*/rustc-#/build/rustc-#g"; }
for program in *.rs; do
	"$@" -g -o prog "$work/$program" 2>/dev/null || continue
	p=${program%.rs}
	RUST_BACKTRACE=0 timeout 30 ./prog 2>&1 >/dev/null | neutral >"$out/$p-$name.txt"
	RUST_BACKTRACE=1 timeout 30 ./prog 2>&1 >/dev/null | neutral >"$out/${p}_backtrace-$name.txt"
done
RUST_BACKTRACE=full timeout 30 ./prog 2>&1 >/dev/null | neutral >"$out/full-$name.txt"
