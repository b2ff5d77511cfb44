# Runs a command as another user: become.sh UID GID COMMAND... If that one cannot
# get at the Pythons of pyenv, since they lie in a home directory that is closed to
# it, it gets, in a mount namespace of its own, a home with nothing else in it.
set -e
uid=$1 gid=$2
shift 2
if [ -d "$HOME/.pyenv" ] && ! setpriv --reuid "$uid" --regid "$gid" --clear-groups test -x "$HOME"; then
	exec 3<"$HOME/.pyenv"
	mount -t tmpfs -o mode=0755 tmpfs "$HOME"
	mkdir "$HOME/.pyenv"
	mount --no-canonicalize --bind /proc/self/fd/3 "$HOME/.pyenv"
	exec 3<&-
fi
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups "$@"
