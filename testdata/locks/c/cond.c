// cond private|shared: two wait for a condition that nobody signals.
#include "truth.h"

static struct {
	pthread_mutex_t m;
	pthread_cond_t c;
} *s;

static void want(void *unused) {
	(void)unused;
	pthread_mutex_lock(&s->m);
	for (;;) pthread_cond_wait(&s->c, &s->m);
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	int private = !strcmp(argv[1], "private");
	s = private ? calloc(1, sizeof *s) : shared(sizeof *s);
	pthread_mutexattr_t ma;
	pthread_condattr_t ca;
	pthread_mutexattr_init(&ma);
	pthread_condattr_init(&ca);
	if (!private) {
		pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
		pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED);
	}
	pthread_mutex_init(&s->m, &ma);
	pthread_cond_init(&s->c, &ca);

	struct who (*start)(void (*)(void *), void *) = private ? thread : child;
	struct who w1 = start(want, NULL), w2 = start(want, NULL);
	asleep(w1, SYS_futex);
	asleep(w2, SYS_futex);
	if (GLIBC) { // musl's waiters wait for words on their own stacks
		say_lock("pthread_cond", "idle");
		say_waiter(w1);
		say_waiter(w2);
	}
	say_never("contended");
	say_never("abandoned");
	stay();
}
