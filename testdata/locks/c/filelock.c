// filelock KIND: a lock on a file. flock, posix, lockf and ofd: one holds it,
// two wait. flock-readers: two hold it together. flock-inherited: who took it
// has ended, a child of its has the descriptor still. posix-ranges: one waits
// for the half that only the second of two holders has. ofd-ranges: so it is, and
// somebody waits for the other half as well. flock-outside: the holder is no
// descendant of this process any more.
#include <sys/file.h>

#include "truth.h"

static const char *path, *how;
static off_t from, length; // of the range; 0, 0: the whole file

static void record(int fd, int cmd, int type) {
	struct flock l = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = from, .l_len = length};
	MUST(fcntl(fd, cmd, &l));
}

static void lock_it(int how_much) {
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) fail("open the file");
	if (!strncmp(how, "flock", 5))
		MUST(flock(fd, how_much));
	else if (!strncmp(how, "posix", 5))
		record(fd, F_SETLKW, F_WRLCK);
	else if (!strncmp(how, "ofd", 3))
		record(fd, F_OFD_SETLKW, F_WRLCK);
	else
		MUST(lockf(fd, F_LOCK, 0));
}

static void hold(void *flag) {
	lock_it(LOCK_EX);
	raise_flag(*(int *)flag);
	rest();
}

static void hold_together(void *flag) {
	lock_it(LOCK_SH);
	raise_flag(*(int *)flag);
	rest();
}

static void want(void *unused) {
	(void)unused;
	lock_it(LOCK_EX);
	rest();
}

static struct who *heir;

// leave takes the lock and ends; its own child has it then.
static void leave(void *flag) {
	lock_it(LOCK_EX);
	heir[1].pid = getpid();
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, 0);
		*heir = me();
		while (getppid() == heir[1].pid) nap();
		raise_flag(*(int *)flag);
		rest();
	}
	while (!heir->pid) nap();
	_exit(0);
}

static const char *kind_of(void) {
	if (!strncmp(how, "flock", 5)) return "flock";
	return !strncmp(how, "ofd", 3) ? "ofd" : "posix";
}

static long call_of(void) { return !strncmp(how, "flock", 5) ? SYS_flock : SYS_fcntl; }

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	how = argv[1];
	path = scratch();
	static int first = 0, second = 1;
	struct who h[2];
	int n = 1, outlives = 0;
	if (!strcmp(how, "flock-readers")) {
		h[0] = child(hold_together, &first), h[1] = child(hold_together, &second);
		await_flag(1);
		n = 2;
	} else if (!strcmp(how, "posix-ranges") || !strcmp(how, "ofd-ranges")) {
		length = 10;
		struct who other = child(hold, &first);
		await_flag(0);
		if (!strcmp(how, "ofd-ranges")) {
			struct who w = child(want, NULL);
			asleep(w, call_of());
			say_lock("ofd", "contended");
			say_process(other);
			say_waiter(w);
		}
		from = 10;
		h[0] = child(hold, &second);
		await_flag(1);
	} else if (!strcmp(how, "flock-inherited") || !strcmp(how, "flock-outside")) {
		heir = shared(4096);
		outlives = 1;
		if (!strcmp(how, "flock-inherited")) MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
		child(leave, &first);
		waitpid(last_child(), NULL, 0);
		children[--child_count] = 0;
		await_flag(0);
		h[0] = *heir;
	} else {
		h[0] = child(hold, &first);
	}
	await_flag(0);
	struct who w1 = child(want, NULL), w2 = child(want, NULL);
	asleep(w1, call_of());
	asleep(w2, call_of());
	say_lock(kind_of(), strcmp(how, "flock-outside") ? "contended" : "");
	for (int i = 0; i < n; i++) {
		if (!strcmp(how, "flock-outside"))
			say_in(holders, sizeof holders, (struct who){h[i].pid, 0}, ",\"outside\":true");
		else
			say_process(h[i]);
	}
	if (!strcmp(how, "flock-outside")) say_hidden();
	say_waiter(w1);
	say_waiter(w2);
	say_never("abandoned");
	if (outlives) children[child_count++] = h[0].pid;
	stay();
}
