// dead normal|errorcheck|robust|recovered|inconsistent|thread: the owner of a process-shared mutex
// was killed, and two wait. "robust": the kernel was not told of it (its list
// of robust mutexes was emptied), so nobody was woken. "recovered": it was, and
// the first waiter has it now. "inconsistent": so it has, but what the mutex
// protects is not whole again (pthread_mutex_consistent), and its owner word is
// not the thread's number; its lock word is. "thread": only the thread that owned it has ended,
// and two of the same process wait.
#include <linux/futex.h>

#include "truth.h"

static pthread_mutex_t *m;
static int forget, repair;
static struct who *heir;

static void hold(void *unused) {
	(void)unused;
	static struct robust_list_head none;
	if (pthread_mutex_lock(m) != 0) fail("lock");
	none.list.next = &none.list;
	if (forget) MUST(syscall(SYS_set_robust_list, &none, sizeof none));
	raise_flag(0);
	rest();
}

static void hold_and_end(void *unused) {
	(void)unused;
	if (pthread_mutex_lock(m) != 0) fail("lock");
}

static void want(void *unused) {
	(void)unused;
	if (pthread_mutex_lock(m) == EOWNERDEAD) {
		*heir = me();
		if (repair) pthread_mutex_consistent(m);
		raise_flag(1);
	}
	rest();
}

static int in_task(struct who w) {
	char path[96];
	snprintf(path, sizeof path, "/proc/%d/task/%d", w.pid, w.tid);
	return access(path, F_OK) == 0;
}

static void of_thread(void) {
	struct who h = thread(hold_and_end, NULL);
	while (in_task(h)) nap();
	struct who w1 = thread(want, NULL), w2 = thread(want, NULL);
	asleep(w1, SYS_futex);
	asleep(w2, SYS_futex);
	say_lock("pthread_mutex", "abandoned");
	say_in(holders, sizeof holders, h, ",\"dead\":true,\"lives\":true");
	say_waiter(w1);
	say_waiter(w2);
	stay();
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	const char *how = argv[1];
	int recovered = !strcmp(how, "recovered") || !strcmp(how, "inconsistent");
	repair = !strcmp(how, "recovered");
	forget = !strcmp(how, "robust");
	m = shared(4096), heir = shared(4096);
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	if (strcmp(how, "thread")) pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	if (forget || recovered) pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	if (!strcmp(how, "errorcheck")) pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(m, &a);
	if (!strcmp(how, "thread")) of_thread();

	struct who h = child(hold, NULL);
	pid_t owner = last_child();
	await_flag(0);
	struct who w1 = child(want, NULL), w2 = child(want, NULL);
	asleep(w1, SYS_futex);
	asleep(w2, SYS_futex);
	kill(owner, SIGKILL);
	waitpid(owner, NULL, 0);
	children[0] = 0;
	say_lock("pthread_mutex", recovered ? "contended" : "abandoned");
	if (recovered) {
		await_flag(1);
		int first = heir->tid == w1.tid;
		struct who has = first ? w1 : w2, waits = first ? w2 : w1;
		asleep(waits, SYS_futex);
		say_holder(has);
		say_waiter(waits);
	} else {
		asleep(w1, SYS_futex);
		asleep(w2, SYS_futex);
		say_dead(h);
		say_waiter(w1);
		say_waiter(w2);
	}
	stay();
}
