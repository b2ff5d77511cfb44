// fakesem: 64 MiB of what looks like CPython's SemLock objects, all of which
// claim to hold a semaphore. Nobody may be believed who says so much; whoever
// waits is told all the same.
#include <semaphore.h>

#include "truth.h"

struct fake { // Modules/_multiprocessing/semaphore.c: SemLockObject
	long refs;
	void *type;
	sem_t *handle;
	unsigned long last_tid;
	int count, maxvalue, kind, pad;
	char *name;
};

static sem_t *s;

static void lie(void *unused) {
	(void)unused;
	size_t n = (64 << 20) / sizeof(struct fake);
	struct fake *f = mmap(NULL, n * sizeof *f, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (f == MAP_FAILED) fail("map memory");
	for (size_t i = 0; i < n; i++)
		f[i] = (struct fake){1, &s, s, (unsigned long)pthread_self(), (int)(i % 3) + 1, 1, (int)(i % 2), 0, NULL};
	raise_flag(0);
	rest();
}

static void want(void *unused) {
	(void)unused;
	while (sem_wait(s) != 0) {
	}
	rest();
}

int main(void) {
	begin();
	char name[64];
	snprintf(name, sizeof name, "/mp-%d", getpid()); // as multiprocessing names its own
	s = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
	if (s == SEM_FAILED) fail("make the semaphore");
	sem_unlink(name);
	struct who liar = child(lie, NULL);
	await_flag(0);
	struct who w = child(want, NULL);
	asleep(w, SYS_futex);
	say_lock("semaphore|mp.Lock|mp.RLock|mp.Semaphore", "");
	say_hidden();
	say_process(liar); // if anybody is to be named at all
	say_waiter(w);
	say_never("abandoned");
	stay();
}
