#!/bin/bash
# Records what Go versions print for the programs in gopanic/ and gorace/, into
# ../gopanic and ../gorace. Usage: go.sh VERSION..., such as go1.21.13.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here"/gopanic "$here"/gorace "$work"
cd "$work" || exit 1
cat >go.mod <<'M'
module app

go 1.21
M
for version in "$@"; do
	export GOTOOLCHAIN=$version GOFLAGS=-mod=mod
	root=$(go env GOROOT)
	short=$(echo "$version" | sed 's/^go//' | cut -d. -f1,2)
	neutral() { sed -e "s#$work#/home/me/app#g" -e "s#$root#/usr/local/go#g"; }
	for kind in gopanic gorace; do
		mkdir -p "$here/../$kind"
		for dir in "$kind"/*/; do
			name=$(basename "$dir")
			race=
			[ "$kind" = gorace ] && race=-race
			go build $race -o prog "./$dir" || continue
			GOTRACEBACK=all timeout 20 ./prog 2>&1 >/dev/null | neutral >"$here/../$kind/$name-$short.txt"
		done
	done
	go build -trimpath -o prog ./gopanic/nilpointer
	./prog 2>&1 | neutral >"$here/../gopanic/trimpath-$short.txt"
	go build -o prog ./gopanic/goroutine
	GOTRACEBACK=crash timeout 20 ./prog 2>&1 | neutral >"$here/../gopanic/crash-$short.txt"
	(cd gopanic/plain && go run . 2>&1 | neutral >"$here/../gopanic/run-$short.txt")
done
