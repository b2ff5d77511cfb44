// join threads|processes: two wait for others to end, who do nothing. That is
// no contention. held|held-cond|held-child: whoever waits for such an end has a
// mutex meanwhile, which another wants; that is. Who is waited for does nothing,
// or waits for work: for a condition, or in an empty pipe.
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

static pthread_mutex_t *held;
static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int empty[2];

static void *worker(void *unused) {
	(void)unused;
	pthread_mutex_lock(&own);
	while (!pthread_cond_wait(&never, &own)) {
	}
	return NULL;
}

static void reader(void *unused) {
	(void)unused;
	char c;
	close(empty[1]);
	if (read(empty[0], &c, 1) < 0) fail("read");
}

// hold has the mutex, starts somebody and waits for its end.
static void hold(void *how) {
	pthread_mutex_lock(held);
	if (!strcmp(how, "held-child")) {
		child(reader, NULL);
		raise_flag(0);
		waitpid(last_child(), NULL, 0);
	} else {
		pthread_t t;
		if (pthread_create(&t, NULL, strcmp(how, "held") ? worker : sleeping_thread, NULL) != 0) fail("start a thread");
		raise_flag(0);
		pthread_join(t, NULL);
	}
	rest();
}

static void want(void *unused) {
	(void)unused;
	pthread_mutex_lock(held);
	rest();
}

static void hold_and_want(char *how) {
	held = shared(sizeof *held);
	pthread_mutexattr_t ma;
	pthread_mutexattr_init(&ma);
	pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(held, &ma);
	MUST(pipe2(empty, O_CLOEXEC));
	struct who h = child(hold, how);
	await_flag(0);
	asleep(h, strcmp(how, "held-child") ? SYS_futex : SYS_wait4);
	struct who w = child(want, NULL);
	asleep(w, SYS_futex);
	say_lock("pthread_mutex", "contended");
	if (!GLIBC) say_hidden(); // musl's keeps no owner
	say_holder(h);
	say_waiter(w);
	say_never("abandoned");
	stay();
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	if (!strncmp(argv[1], "held", 4)) hold_and_want(argv[1]);
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
