// barrier private|shared|again|sem: two wait at a barrier for four. "again": it is the
// second time that it is used. "sem": no barrier but a semaphore, with what might be the
// first word of a barrier before it.
#include <semaphore.h>

#include "truth.h"

static pthread_barrier_t *b;
static sem_t *s;

static void come(void *unused) {
	(void)unused;
	pthread_barrier_wait(b);
	rest();
}

static void again(void *unused) {
	pthread_barrier_wait(b);
	come(unused);
}

static void want(void *unused) {
	(void)unused;
	while (sem_wait(s) != 0) {
	}
	rest();
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	const char *how = argv[1];
	int private = strcmp(how, "shared") != 0;
	struct who (*start)(void (*)(void *), void *) = private ? thread : child;
	b = shared(4096);
	pthread_barrierattr_t a;
	pthread_barrierattr_init(&a);
	if (!private) pthread_barrierattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	if (pthread_barrier_init(b, &a, 4) != 0) fail("make the barrier");
	void (*run)(void *) = come;
	if (!strcmp(how, "sem")) {
		unsigned *words = calloc(64, sizeof *words);
		words[1] = 1;
		s = (sem_t *)(words + 2);
		sem_init(s, 0, 0);
		run = want;
	}
	if (!strcmp(how, "again")) {
		thread(come, NULL);
		thread(come, NULL);
		run = again;
	}
	struct who w1 = start(run, NULL), w2 = start(run, NULL);
	asleep(w1, SYS_futex);
	asleep(w2, SYS_futex);
	say_lock(run == want ? "semaphore" : "pthread_barrier", "none");
	say_waiter(w1);
	say_waiter(w2);
	say_never("contended");
	stay();
}
