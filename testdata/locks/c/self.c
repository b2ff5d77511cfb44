// self mutex|flock|pi: one thread waits for what it holds itself. "pi": which the
// kernel refuses, so that nothing outside tells the two from others.
#include <sys/file.h>

#include "truth.h"

static void relock(void *unused) {
	(void)unused;
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&m);
	pthread_mutex_lock(&m);
}

static void relock_pi(void *unused) {
	(void)unused;
	pthread_mutex_t m;
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&m, &a);
	pthread_mutex_lock(&m);
	pthread_mutex_lock(&m);
}

static const char *path;

static void reopen(void *unused) {
	(void)unused;
	int one = open(path, O_RDWR | O_CLOEXEC), two = open(path, O_RDWR | O_CLOEXEC);
	MUST(flock(one, LOCK_EX));
	MUST(flock(two, LOCK_EX));
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	int pi = !strcmp(argv[1], "pi"), mutex = pi || !strcmp(argv[1], "mutex");
	path = scratch();
	struct who w = child(pi ? relock_pi : mutex ? relock : reopen, NULL);
	asleep(w, mutex ? SYS_futex : SYS_flock);
	say_lock(mutex ? "pthread_mutex" : "flock", pi ? "contended" : "");
	mutex ? say_holder(w) : say_process(w);
	say_waiter(w);
	pi ? say_hidden() : say_deadlock(1, w);
	say_never("abandoned");
	stay();
}
