// sem private|shared|named|passed|free: a POSIX semaphore of value 1 that is
// taken, and two wait for it. "passed": it was taken by one, posted by another
// and taken by a third. "free": its value is 3, and all take and post it.
#include <semaphore.h>

#include "truth.h"

static sem_t *s;

static void take(void *unused) {
	(void)unused;
	while (sem_wait(s) != 0) {
	}
	raise_flag(0);
	rest();
}

static void want(void *unused) {
	(void)unused;
	while (sem_wait(s) != 0) {
	}
	rest();
}

static void pass(void *unused) {
	(void)unused;
	sem_post(s);
	raise_flag(1);
	rest();
}

static void use(void *unused) {
	(void)unused;
	for (;;) {
		sem_wait(s);
		nap();
		sem_post(s);
	}
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	const char *how = argv[1];
	int private = !strcmp(how, "private"), spare = !strcmp(how, "free");
	s = private ? calloc(1, sizeof *s) : shared(4096);
	if (!strcmp(how, "named")) {
		char name[64];
		snprintf(name, sizeof name, "/corpus-%d", getpid());
		s = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
		if (s == SEM_FAILED) fail("make the semaphore");
		sem_unlink(name);
	} else if (sem_init(s, !private, spare ? 3 : 1) != 0) {
		fail("make the semaphore");
	}
	struct who (*start)(void (*)(void *), void *) = private ? thread : child;
	say_never("abandoned");
	if (spare) {
		for (int i = 0; i < 3; i++) start(use, NULL);
		say_never("contended");
		stay();
	}
	struct who h = start(take, NULL);
	await_flag(0);
	if (!strcmp(how, "passed")) {
		start(pass, NULL);
		await_flag(1);
		atomic_store(&flags[0], 0);
		h = start(take, NULL);
		await_flag(0);
	}
	struct who w1 = start(want, NULL), w2 = start(want, NULL);
	asleep(w1, SYS_futex);
	asleep(w2, SYS_futex);
	say_lock("semaphore", "");
	say_hidden(); // a semaphore keeps no owner
	say_holder(h);
	say_waiter(w1);
	say_waiter(w2);
	stay();
}
