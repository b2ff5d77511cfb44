// rwlock writer|readers private|shared: a writer holds it, and a reader and a
// writer wait; or two readers hold it, and a writer waits.
#include "truth.h"

static pthread_rwlock_t *l;

static void write_it(void *flag) {
	pthread_rwlock_wrlock(l);
	if (flag) raise_flag(*(int *)flag);
	rest();
}

static void read_it(void *flag) {
	pthread_rwlock_rdlock(l);
	if (flag) raise_flag(*(int *)flag);
	rest();
}

int main(int argc, char **argv) {
	if (argc < 3) return 2;
	begin();
	int private = !strcmp(argv[2], "private");
	static pthread_rwlock_t own;
	l = private ? &own : shared(4096);
	pthread_rwlockattr_t a;
	pthread_rwlockattr_init(&a);
	if (!private) pthread_rwlockattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	if (pthread_rwlock_init(l, &a) != 0) fail("make the lock");

	struct who (*start)(void (*)(void *), void *) = private ? thread : child;
	static int first = 1, second = 2;
	if (!strcmp(argv[1], "writer")) {
		struct who h = start(write_it, &first);
		await_flag(1);
		struct who r = start(read_it, NULL), w = start(write_it, NULL);
		asleep(r, SYS_futex);
		asleep(w, SYS_futex);
		say_lock("pthread_rwlock", "contended");
		if (!GLIBC) say_hidden(); // it keeps no writer
		say_holder(h);
		say_waiter(r);
		say_waiter(w);
	} else {
		struct who h1 = start(read_it, &first), h2 = start(read_it, &second);
		await_flag(1);
		await_flag(2);
		struct who w = start(write_it, NULL);
		asleep(w, SYS_futex);
		say_lock("pthread_rwlock", "");
		say_hidden(); // readers are only counted
		say_holder(h1);
		say_holder(h2);
		say_waiter(w);
	}
	say_never("abandoned");
	stay();
}
