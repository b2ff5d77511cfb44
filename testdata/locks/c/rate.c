// rate mutex|flock: one takes and releases a lock 200,000 times a second;
// nobody else wants it.
#include <sys/file.h>

#include "truth.h"

static int mutex, fd;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void once(void) {
	if (mutex) {
		pthread_mutex_lock(&m);
		pthread_mutex_unlock(&m);
	} else {
		MUST(flock(fd, LOCK_EX));
		MUST(flock(fd, LOCK_UN));
	}
}

static void work(void *unused) {
	(void)unused;
	for (;;) {
		for (int i = 0; i < 220; i++) once();
		raise_flag(0);
		nap();
	}
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	mutex = !strcmp(argv[1], "mutex");
	MUST(fd = open(scratch(), O_RDWR | O_CLOEXEC));
	child(work, NULL);
	await_flag(0);
	say_never("contended");
	say_never("abandoned");
	stay();
}
