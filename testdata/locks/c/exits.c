// exits: processes come, wait for a lock or a pipe, and end, all the time.
#include <poll.h>
#include <sys/file.h>

#include "truth.h"

static pthread_mutex_t *m;
static const char *path;

static void brief(int n) {
	int fd = open(path, O_RDWR | O_CLOEXEC), p[2];
	char c;
	if (n % 3 == 0) {
		if (pthread_mutex_lock(m) == EOWNERDEAD) pthread_mutex_consistent(m);
		nap();
		pthread_mutex_unlock(m);
	} else if (n % 3 == 1) {
		MUST(flock(fd, LOCK_EX));
		nap();
	} else {
		MUST(pipe(p));
		if (fork() == 0) nap(), _exit(0);
		close(p[1]);
		if (read(p[0], &c, 1) < 0) _exit(1);
	}
	_exit(0);
}

int main(void) {
	begin();
	path = scratch();
	m = shared(4096);
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(m, &a);
	say_never("abandoned");
	say(0);
	struct pollfd in = {.fd = 0, .events = POLLIN};
	for (int n = 0, live = 0;; n++) {
		char c;
		if (poll(&in, 1, 2) > 0 && read(0, &c, 1) <= 0) break;
		pid_t pid = fork();
		if (pid < 0) fail("fork");
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			brief(n);
		}
		live++;
		while (live > 0 && waitpid(-1, NULL, live < 8 ? WNOHANG : 0) > 0) live--;
	}
	while (wait(NULL) > 0) {
	}
	return 0;
}
