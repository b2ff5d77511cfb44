// mutex TYPE SCOPE: one holds a pthread mutex, two wait for it.
#include "truth.h"

static pthread_mutex_t *m;
static int memory = -1, twice;

// view maps the memory again, so that the mutex is at another address in each
// process that shares it.
static void view(void) {
	if (memory < 0) return;
	mmap(NULL, (size_t)getpid() % 64 * 4096 + 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (p == MAP_FAILED) fail("map the memfd");
	m = (pthread_mutex_t *)(p + 4096 + 256);
}

static void hold(void *unused) {
	(void)unused;
	view();
	for (int i = 0; i <= twice; i++)
		if (pthread_mutex_lock(m) != 0) fail("lock");
	raise_flag(0);
	rest();
}

static void want(void *unused) {
	(void)unused;
	view();
	pthread_mutex_lock(m);
	rest();
}

int main(int argc, char **argv) {
	if (argc < 3) return 2;
	begin();
	const char *type = argv[1], *scope = argv[2];
	int private = !strcmp(scope, "private");
	static pthread_mutex_t own;
	m = &own;
	if (!strcmp(scope, "shared")) m = (pthread_mutex_t *)((char *)shared(4096) + 128);
	if (!strcmp(scope, "memfd")) {
		MUST(memory = memfd_create("corpus", MFD_CLOEXEC));
		MUST(ftruncate(memory, 8192));
		view();
	}
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	if (!private) pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	if (!strcmp(type, "recursive")) pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE), twice = 1;
	if (!strcmp(type, "errorcheck")) pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
	if (strstr(type, "robust")) pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	if (strstr(type, "pi")) pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
	if (pthread_mutex_init(m, &a) != 0) fail("make the mutex");

	struct who (*start)(void (*)(void *), void *) = private ? thread : child;
	struct who h = start(hold, NULL);
	await_flag(0);
	struct who w1 = start(want, NULL), w2 = start(want, NULL);
	asleep(w1, SYS_futex);
	asleep(w2, SYS_futex);
	say_lock("pthread_mutex", "contended");
	if (!GLIBC && !strcmp(type, "normal")) say_hidden(); // it keeps no owner
	say_holder(h);
	say_waiter(w1);
	say_waiter(w2);
	say_never("abandoned");
	stay();
}
