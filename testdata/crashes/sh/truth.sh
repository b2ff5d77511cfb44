# What the shell programs of the crash corpus share: see ../README.md.
crash() { printf '{"crash": {"pid": %s, %s}}\n' "$1" "$2" >>"${TRUTH:-/dev/stdout}"; }
reached() { printf '{"reached": true}\n' >>"${TRUTH:-/dev/stdout}"; }
here=$(dirname "$0")
