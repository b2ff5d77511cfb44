// abba mutex|threads|timed|pi|pi-threads|pi-timed|alarm|flock|ofd|posix: two take two locks in
// opposite order. "timed": one waits with a timeout of hours, so it is no
// deadlock. "alarm": neither has a timeout, but one has set an alarm, as
// flock(1) does for its -w, so it is none either.
// "pi": the kernel refuses the second mutex (EDEADLK), and glibc waits for ever
// for a word of its own; with "pi-timed" the first wait ends by itself.
// "posix": the kernel refuses the second wait (EDEADLK), and whoever was
// refused keeps its lock.
#include <sys/file.h>

#include "truth.h"

static const char *how, *paths[2];
static pthread_mutex_t *m;

static int is_flock(void) { return !strcmp(how, "flock") || !strcmp(how, "alarm"); }

static void lock_mutex(int i) {
	int timed = strstr(how, "timed") && atomic_load(&flags[i == 1 ? 0 : 1]) && i == 1;
	struct timespec late = {time(NULL) + 7200, 0};
	int err = timed ? pthread_mutex_timedlock(&m[i], &late) : pthread_mutex_lock(&m[i]);
	if (err) fail("lock");
}

static void lock_it(int i) {
	if (m) {
		lock_mutex(i);
		return;
	}
	int fd = open(paths[i], O_RDWR | O_CLOEXEC);
	if (fd < 0) fail("open the file");
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (is_flock())
		MUST(flock(fd, LOCK_EX));
	else if (!strcmp(how, "ofd"))
		MUST(fcntl(fd, F_OFD_SETLKW, &l));
	else if (fcntl(fd, F_SETLKW, &l) < 0) {
		if (errno != EDEADLK) fail("lock");
		raise_flag(4);
		rest();
	}
}

static void late(int unused) { (void)unused; }

static void one(void *unused) {
	(void)unused;
	lock_it(0);
	if (!strcmp(how, "alarm")) {
		struct sigaction interrupt = {.sa_handler = late}; // without SA_RESTART
		MUST(sigaction(SIGALRM, &interrupt, NULL));
		alarm(7200);
	}
	raise_flag(0);
	await_flag(1);
	lock_it(1);
	rest();
}

static void other(void *unused) {
	(void)unused;
	lock_it(1);
	raise_flag(1);
	await_flag(2);
	lock_it(0);
	rest();
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	how = argv[1];
	int threads = strstr(how, "threads") != NULL, pi = !strncmp(how, "pi", 2);
	if (threads || pi || !strcmp(how, "mutex") || !strcmp(how, "timed")) {
		m = threads ? calloc(2, sizeof *m) : shared(4096);
		pthread_mutexattr_t a;
		pthread_mutexattr_init(&a);
		if (!threads) pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
		if (!GLIBC) pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK); // for a mutex that keeps its owner
		if (pi) pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
		for (int i = 0; i < 2; i++) pthread_mutex_init(&m[i], &a);
	} else {
		for (int i = 0; i < 2; i++) paths[i] = strdup(scratch());
	}
	long call = m ? SYS_futex : is_flock() ? SYS_flock : SYS_fcntl;
	struct who (*start)(void (*)(void *), void *) = threads ? thread : child;
	struct who x = start(one, NULL), y = start(other, NULL);
	await_flag(0);
	asleep(x, call);
	raise_flag(2);
	const char *kind = m ? "pthread_mutex" : is_flock() ? "flock" : how;
	int by_thread = m != NULL;
	say_lock(kind, !strcmp(how, "posix") ? "contended" : ""); // the second lock
	by_thread ? say_holder(y) : say_process(y);
	say_waiter(x);
	if (!strcmp(how, "posix")) {
		await_flag(4);
		asleep(y, ANY_CALL);
	} else {
		asleep(y, call);
		say_lock(kind, "");
		by_thread ? say_holder(x) : say_process(x);
		say_waiter(y);
		if (pi) say_hidden();
		if (!strstr(how, "timed") && strcmp(how, "alarm")) say_deadlock(2, x, y);
	}
	say_never("abandoned");
	stay();
}
