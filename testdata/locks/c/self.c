// self mutex|flock: one thread waits for what it holds itself.
#include <sys/file.h>

#include "truth.h"

static void relock(void *unused) {
	(void)unused;
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
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
	int mutex = !strcmp(argv[1], "mutex");
	path = scratch();
	struct who w = child(mutex ? relock : reopen, NULL);
	asleep(w, mutex ? SYS_futex : SYS_flock);
	say_lock(mutex ? "pthread_mutex" : "flock", "");
	mutex ? say_holder(w) : say_process(w);
	say_waiter(w);
	say_deadlock(1, w);
	say_never("abandoned");
	stay();
}
