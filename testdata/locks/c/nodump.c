// nodump: who holds a file lock, and one who reads a pipe, are not dumpable:
// only root may look into them (as into a setuid program). Another waits for
// the lock as usual.
#include <sys/file.h>

#include "truth.h"

static const char *path;
static int p[2];

static void secret(void) {
	MUST(prctl(PR_SET_DUMPABLE, 0));
}

static void hold(void *unused) {
	(void)unused;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	close(p[0]);
	secret();
	MUST(flock(fd, LOCK_EX));
	raise_flag(0);
	rest();
}

static void want(void *unused) {
	(void)unused;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	close(p[0]), close(p[1]);
	MUST(flock(fd, LOCK_EX));
	rest();
}

static void reader(void *unused) {
	(void)unused;
	char c;
	close(p[1]);
	secret();
	if (read(p[0], &c, 1) < 0) fail("read");
	rest();
}

int main(void) {
	begin();
	path = scratch();
	MUST(pipe2(p, O_CLOEXEC));
	struct who h = child(hold, NULL);
	await_flag(0);
	struct who w = child(want, NULL), r = child(reader, NULL);
	close(p[0]), close(p[1]);
	asleep(w, SYS_flock);
	asleep(r, SYS_read);
	int denied = getuid() != 0;
	say_lock("flock", "");
	say_process(h); // the kernel's list of file locks names it to everybody
	say_waiter(w);
	if (!denied) {
		say_lock("pipe", "idle");
		say_process(h);
		say_waiter(r);
	}
	say_never("abandoned");
	say(denied);
	await_end();
	end_children();
	return 0;
}
