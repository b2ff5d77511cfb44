// eventfd threads|processes: two read an eventfd that nobody writes to.
#include <sys/eventfd.h>

#include "truth.h"

static int fd;

static void want(void *unused) {
	(void)unused;
	uint64_t n;
	if (read(fd, &n, sizeof n) < 0) fail("read");
	rest();
}

static void owner(void *unused) {
	(void)unused;
	rest();
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	int threads = !strcmp(argv[1], "threads");
	MUST(fd = eventfd(0, EFD_CLOEXEC));
	struct who (*start)(void (*)(void *), void *) = threads ? thread : child;
	struct who h = start(owner, NULL), w1 = start(want, NULL), w2 = start(want, NULL);
	asleep(w1, SYS_read);
	asleep(w2, SYS_read);
	say_lock("eventfd", "");
	say_hidden(); // whoever has it open may write
	say_process(h);
	if (!threads) {
		say_process(w1);
		say_process(w2);
		say_process(me());
	}
	say_waiter(w1);
	say_waiter(w2);
	say_never("contended");
	say_never("abandoned");
	stay();
}
