// join threads|processes: two wait for others to end, who do nothing. That is
// no contention.
#include "truth.h"

static void sleeper(void *unused) {
	(void)unused;
	rest();
}

static pthread_t threads[2];

static void *sleeping_thread(void *unused) {
	(void)unused;
	rest();
	return NULL;
}

static void joiner(void *n) {
	pthread_join(threads[*(int *)n], NULL);
	rest();
}

static void parent(void *unused) {
	(void)unused;
	child(sleeper, NULL);
	waitpid(last_child(), NULL, 0);
	rest();
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	static int which[2] = {0, 1};
	for (int i = 0; i < 2; i++) {
		if (!strcmp(argv[1], "threads")) {
			if (pthread_create(&threads[i], NULL, sleeping_thread, NULL) != 0) fail("start a thread");
			asleep(thread(joiner, &which[i]), SYS_futex);
		} else {
			asleep(child(parent, NULL), SYS_wait4);
		}
	}
	say_never("contended");
	say_never("abandoned");
	stay();
}
