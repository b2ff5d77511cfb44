// truth.h: what the C programs of the corpus share. A program brings itself
// into a state, says what it knows of its own locks (say_...), and stays in
// that state until its stdin ends (stay). See ../README.md.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// who is a thread as those see it who look at this /proc: in a PID namespace
// of its own a process does not know these numbers by getpid.
struct who {
	pid_t pid, tid;
};

static void fail(const char *what) {
	fprintf(stderr, "cannot %s: %s\n", what, strerror(errno));
	_exit(1);
}

#define MUST(call) \
	do { \
		if ((call) < 0) fail(#call); \
	} while (0)

__attribute__((unused)) static struct who me(void) {
	char link[64] = "";
	struct who w = {0, 0};
	if (readlink("/proc/thread-self", link, sizeof link - 1) < 0 || sscanf(link, "%d/task/%d", &w.pid, &w.tid) != 2)
		fail("read /proc/thread-self");
	return w;
}

// shared returns zeroed memory that children share.
__attribute__((unused)) static void *shared(size_t bytes) {
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) fail("map shared memory");
	return p;
}

// Of musl's own types some tell less than glibc's.
#ifdef __GLIBC__
#define GLIBC 1
#else
#define GLIBC 0
#endif

static void nap(void) { nanosleep(&(struct timespec){0, 1000 * 1000}, NULL); }

// rest lets a thread do nothing for as long as it lives.
__attribute__((unused)) static void rest(void) {
	for (;;) pause();
}

// The flags by which threads and children tell each other how far they are.
// They are polled, so that they bring no lock and no pipe into the picture.
static _Atomic int *flags;

static void begin(void) {
	signal(SIGPIPE, SIG_IGN);
	flags = shared(4096);
}

__attribute__((unused)) static void raise_flag(int i) { atomic_store(&flags[i], 1); }

__attribute__((unused)) static void await_flag(int i) {
	while (!atomic_load(&flags[i])) nap();
}

// The children that stay ends, and the work of a thread or child.
static pid_t children[64];
static int child_count;

struct work {
	void (*run)(void *);
	void *arg;
	struct who who;
	_Atomic int ready;
};

// child starts a process and returns when it is known. It dies with its parent.
__attribute__((unused)) static struct who child(void (*run)(void *), void *arg) {
	struct work *w = shared(sizeof *w);
	pid_t parent = getpid(), pid = fork();
	if (pid < 0) fail("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) _exit(1);
		w->who = me();
		atomic_store(&w->ready, 1);
		run(arg);
		_exit(0);
	}
	children[child_count++] = pid;
	while (!atomic_load(&w->ready)) nap();
	return w->who;
}

__attribute__((unused)) static void *run_thread(void *p) {
	struct work *w = p;
	w->who = me();
	atomic_store(&w->ready, 1);
	w->run(w->arg);
	return NULL;
}

// thread starts a thread of this process and returns when it is known.
__attribute__((unused)) static struct who thread(void (*run)(void *), void *arg) {
	struct work *w = calloc(1, sizeof *w);
	w->run = run, w->arg = arg;
	pthread_t t;
	if (pthread_create(&t, NULL, run_thread, w) != 0) fail("start a thread");
	while (!atomic_load(&w->ready)) nap();
	return w->who;
}

// last_child is the pid of the last child as this process knows it.
__attribute__((unused)) static pid_t last_child(void) { return children[child_count - 1]; }

// look reads how often a thread has slept, or returns -1 if it does not sleep now.
static long look(struct who w) {
	char path[96], text[4096];
	long switches = -1;
	snprintf(path, sizeof path, "/proc/%d/task/%d/status", w.pid, w.tid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return -1;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0) return -1;
	text[n] = 0;
	char *state = strstr(text, "\nState:\t"), *count = strstr(text, "\nvoluntary_ctxt_switches:");
	if (!state || state[8] != 'S' || !count) return -1;
	sscanf(count + 25, "%ld", &switches);
	return switches;
}

// in_call reports whether a thread is in a system call, or cannot be asked.
static int in_call(struct who w, long number) {
	char path[96];
	long now = -2;
	snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", w.pid, w.tid);
	FILE *f = fopen(path, "re");
	if (!f) return errno == EACCES || errno == EPERM;
	int n = fscanf(f, "%ld", &now);
	int denied = n != 1 && (errno == EACCES || errno == EPERM);
	fclose(f);
	return denied || (n == 1 && now == number);
}

#define ANY_CALL (-1L)

// asleep waits until a thread is blocked in a system call, and stays so.
__attribute__((unused)) static void asleep(struct who w, long number) {
	long last = -1;
	for (int same = 0; same < 5;) {
		long now = look(w);
		same = now >= 0 && now == last && (number == ANY_CALL || in_call(w, number)) ? same + 1 : 0;
		last = now;
		nanosleep(&(struct timespec){0, 10 * 1000 * 1000}, NULL);
	}
}

// The document. Locks are said one after another, each with its holders and waiters.
static char locks[1 << 16], holders[1 << 14], waiters[1 << 14], deadlocks[1 << 12], nevers[256];
static char kind[64], state[256], extra[512];

static void add(char *to, size_t size, const char *format, ...) {
	size_t n = strlen(to);
	va_list args;
	va_start(args, format);
	int wrote = vsnprintf(to + n, size - n, format, args);
	va_end(args);
	if (wrote < 0 || (size_t)wrote >= size - n) fail("say so much");
}
#define ADD(to, ...) add(to, sizeof to, __VA_ARGS__)

static void end_lock(void) {
	if (!kind[0]) return;
	ADD(locks, "%s{\"kind\":\"%s\",\"holders\":[%s],\"waiters\":[%s]%s%s}", locks[0] ? "," : "", kind, holders, waiters, state, extra);
	kind[0] = holders[0] = waiters[0] = state[0] = extra[0] = 0;
}

// say_lock begins a lock. What it is may be "contended", "abandoned", "idle",
// "none" of these, or "" where that is not said.
__attribute__((unused)) static void say_lock(const char *what, const char *is) {
	end_lock();
	ADD(kind, "%s", what);
	if (!is[0]) return;
	const char *words[] = {"contended", "abandoned", "idle"};
	for (int i = 0; i < 3; i++) ADD(state, ",\"%s\":%s", words[i], strcmp(is, words[i]) ? "false" : "true");
}

__attribute__((unused)) static void say_in(char *list, size_t size, struct who w, const char *more) {
	add(list, size, "%s{\"pid\":%d", list[0] ? "," : "", w.pid);
	if (w.tid) add(list, size, ",\"tid\":%d", w.tid);
	add(list, size, "%s}", more);
}
#define say_holder(w) say_in(holders, sizeof holders, w, "")
#define say_process(w) say_in(holders, sizeof holders, (struct who){(w).pid, 0}, "") // whichever of its threads
#define say_dead(w) say_in(holders, sizeof holders, w, ",\"dead\":true")
#define say_waiter(w) say_in(waiters, sizeof waiters, w, "")

// say_hidden says that nothing outside of the program tells who holds the lock.
__attribute__((unused)) static void say_hidden(void) { ADD(extra, ",\"hidden\":true"); }

__attribute__((unused)) static void say_deadlock(int n, ...) {
	va_list args;
	va_start(args, n);
	ADD(deadlocks, "%s[", deadlocks[0] ? "," : "");
	for (int i = 0; i < n; i++) ADD(deadlocks, "%s%d", i ? "," : "", va_arg(args, struct who).pid);
	ADD(deadlocks, "]");
	va_end(args);
}

__attribute__((unused)) static void say_never(const char *what) { ADD(nevers, "%s\"%s\"", nevers[0] ? "," : "", what); }

// say writes the document, all at once.
static void say(int denied) {
	char tmp[4096];
	const char *path = getenv("TRUTH");
	if (!path) path = "/dev/stdout";
	snprintf(tmp, sizeof tmp, "%s.tmp", path);
	FILE *f = fopen(strcmp(path, "/dev/stdout") ? tmp : path, "we");
	if (!f) fail("write the truth");
	end_lock();
	fprintf(f, "{\"locks\":[%s],\"deadlocks\":[%s],\"never\":[%s],\"denied\":%s}\n", locks, deadlocks, nevers, denied ? "true" : "false");
	if (fclose(f) != 0) fail("write the truth");
	if (strcmp(path, "/dev/stdout") && rename(tmp, path) < 0) fail("write the truth");
}

// end_children kills what child has started, the last first: those that wait
// before those that they wait for, who would wake them.
static void end_children(void) {
	for (int i = child_count - 1; i >= 0; i--)
		if (children[i] > 0 && kill(children[i], SIGKILL) == 0) waitpid(children[i], NULL, 0);
}

// await_end returns when stdin ends.
static void await_end(void) {
	char c[64];
	ssize_t n;
	while ((n = read(0, c, sizeof c)) > 0 || (n < 0 && errno == EINTR)) {
	}
}

// stay says the truth, and ends the program when its stdin ends.
__attribute__((unused)) static void stay(void) {
	say(0);
	await_end();
	end_children();
	_exit(0);
}

// scratch makes a file and returns its path, for those that open it themselves:
// each open is an open file description of its own.
__attribute__((unused)) static const char *scratch(void) {
	static char path[4096];
	const char *truth = getenv("TRUTH");
	static int n;
	snprintf(path, sizeof path, "%s.lock%d", truth ? truth : "/tmp/corpus", n++);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) fail("make a file");
	if (truth) {
		close(fd);
		return path;
	}
	unlink(path);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return path;
}
