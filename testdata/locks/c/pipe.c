// pipe empty|full|abba|or|alone|self|prefork. empty: one reads what nobody has written.
// full: one writes what nobody reads. abba: two read from each other. or: a
// reader holds what one writer waits for, but another writer is free. self: one
// reads its own pipe, which the handler of a signal writes to; alone: which nobody
// can write to. prefork: a server
// does that, and its worker, who has the pipe as well, waits for work from it.
#include <sys/file.h>

#include "truth.h"

static int a[2], b[2];
static const char *path;

static void read_from(int fd) {
	char c;
	while (read(fd, &c, 1) < 0 && errno == EINTR) {
	}
	rest();
}

static void reader(void *unused) {
	(void)unused;
	close(a[1]);
	read_from(a[0]);
}

static void writer(void *unused) {
	(void)unused;
	close(a[0]);
	rest();
}

static void filler(void *unused) {
	(void)unused;
	static char block[4096];
	close(a[0]);
	for (;;)
		if (write(a[1], block, sizeof block) < 0) fail("write");
}

static void lazy(void *unused) {
	(void)unused;
	close(a[1]);
	rest();
}

static void left(void *unused) {
	(void)unused;
	close(a[1]), close(b[0]);
	read_from(a[0]);
}

static void right(void *unused) {
	(void)unused;
	close(b[1]), close(a[0]);
	read_from(b[0]);
}

static void reader_with_lock(void *unused) {
	(void)unused;
	close(a[1]);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	MUST(flock(fd, LOCK_EX));
	raise_flag(0);
	read_from(a[0]);
}

static void writer_without_lock(void *unused) {
	(void)unused;
	close(a[0]);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	MUST(flock(fd, LOCK_EX));
	rest();
}

static void wake(int unused) {
	(void)unused;
	if (write(a[1], "x", 1) < 0) _exit(1);
}

static void self(void *unused) {
	(void)unused;
	char c;
	signal(SIGUSR1, wake);
	for (;;)
		if (read(a[0], &c, 1) < 0 && errno != EINTR) fail("read");
}

static void alone(void *unused) {
	(void)unused;
	read_from(a[0]);
}

static void server(void *unused) {
	close(b[0]);
	self(unused);
}

static void worker(void *unused) {
	(void)unused;
	close(b[1]);
	read_from(b[0]);
}

static void close_both(int *p) { close(p[0]), close(p[1]); }

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	const char *how = argv[1];
	MUST(pipe2(a, O_CLOEXEC));
	say_never("abandoned");
	if (!strcmp(how, "empty")) {
		struct who w = child(reader, NULL), h = child(writer, NULL);
		close_both(a);
		asleep(w, SYS_read);
		say_lock("pipe", "idle");
		say_process(h);
		say_waiter(w);
		say_never("contended");
	} else if (!strcmp(how, "full")) {
		struct who w = child(filler, NULL), h = child(lazy, NULL);
		close_both(a);
		asleep(w, SYS_write);
		say_lock("pipe", "contended");
		say_process(h);
		say_waiter(w);
	} else if (!strcmp(how, "abba")) {
		MUST(pipe2(b, O_CLOEXEC));
		struct who l = child(left, NULL), r = child(right, NULL);
		close_both(a), close_both(b);
		asleep(l, SYS_read);
		asleep(r, SYS_read);
		say_lock("pipe", "");
		say_process(r);
		say_waiter(l);
		say_lock("pipe", "");
		say_process(l);
		say_waiter(r);
		say_deadlock(2, l, r);
	} else if (!strcmp(how, "or")) {
		path = scratch();
		struct who r = child(reader_with_lock, NULL);
		await_flag(0);
		struct who blocked = child(writer_without_lock, NULL), spare = child(writer, NULL);
		close_both(a);
		asleep(r, SYS_read);
		asleep(blocked, SYS_flock);
		say_lock("pipe", "");
		say_process(blocked);
		say_process(spare);
		say_waiter(r);
		say_lock("flock", "");
		say_process(r);
		say_waiter(blocked);
	} else if (!strcmp(how, "alone")) {
		struct who w = child(alone, NULL);
		close_both(a);
		asleep(w, SYS_read);
		say_lock("pipe", "contended");
		say_process(w);
		say_waiter(w);
		say_deadlock(1, w);
	} else if (!strcmp(how, "prefork")) {
		MUST(pipe2(b, O_CLOEXEC));
		struct who w = child(worker, NULL), s = child(server, NULL);
		close_both(a), close_both(b);
		asleep(s, SYS_read);
		asleep(w, SYS_read);
		say_lock("pipe", "idle");
		say_process(s);
		say_process(w);
		say_waiter(s);
		say_lock("pipe", "idle");
		say_process(s);
		say_waiter(w);
		say_never("contended");
	} else {
		struct who w = child(self, NULL);
		close_both(a);
		asleep(w, SYS_read);
		say_never("contended");
	}
	stay();
}
