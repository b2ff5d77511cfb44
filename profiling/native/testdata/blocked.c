// A program that blocks in a known stack: main or a thread calls outer, middle
// and inner, and inner waits in the way that the argument names. It prints what
// it knows of itself first: its thread's number, the return addresses that
// backtrace(3) finds, and the lines of the calls.
#define _GNU_SOURCE
#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef BACKTRACE
#include <execinfo.h>
#endif

#define NOINLINE __attribute__((noinline, noclone))

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static const char *way, *file;
volatile int sink;

static void tell(void) {
#ifdef BACKTRACE
	void *at[64];
	int n = backtrace(at, 64);
	for (int i = 2; i < n; i++)
		printf("call %p\n", at[i]);
#endif
	printf("tid %ld\n", syscall(SYS_gettid));
	fflush(stdout);
}

NOINLINE int inner(int a, char *buf) {
	int fd;
	tell();
	if (!strcmp(way, "read")) {
		printf("line inner %d\n", __LINE__ + 1); fflush(stdout);
		return read(0, buf, 1) + a;
	}
	if (!strcmp(way, "mutex")) {
		printf("line inner %d\n", __LINE__ + 1); fflush(stdout);
		return pthread_mutex_lock(&mutex) + a;
	}
	if (!strcmp(way, "cond")) {
		pthread_mutex_t mine = PTHREAD_MUTEX_INITIALIZER;
		pthread_mutex_lock(&mine);
		printf("line inner %d\n", __LINE__ + 1); fflush(stdout);
		return pthread_cond_wait(&cond, &mine) + a;
	}
	if (!strcmp(way, "flock")) {
		flock(open(file, O_RDWR | O_CREAT, 0600), LOCK_EX);
		fd = open(file, O_RDWR);
		printf("line inner %d\n", __LINE__ + 1); fflush(stdout);
		return flock(fd, LOCK_EX) + a;
	}
	exit(2);
}

// Its name is that of a method in C++, so that no C++ compiler is needed.
NOINLINE int middle(int a, int b, int c, int d, int e, int f, int g, int h) __asm__("_ZN4pool6Worker4waitEii");
NOINLINE int middle(int a, int b, int c, int d, int e, int f, int g, int h) {
	volatile char big[3000];
	big[a] = 1;
	printf("line pool::Worker::wait %d\n", __LINE__ + 1);
	int got = inner(a + b + c + d + e + f + g + h, (char *)big);
	return got + big[a];
}

// Eight arguments and alloca: the stack pointer is not where the first
// instructions put it.
NOINLINE int outer(int n) {
	volatile char *room = alloca(n * 100);
	room[0] = 1;
	printf("line outer %d\n", __LINE__ + 1);
	int got = middle(n, 2, 3, 4, 5, 6, 7, 8);
	return got + room[0];
}

NOINLINE int deep(int n) {
	if (n == 0)
		return outer(3) + sink;
	return deep(n - 1) + sink;
}

static void handler(int s) {
	sink = outer(s);
}

static void *thread(void *arg) {
	sink = outer(3);
	return arg;
}

int main(int argc, char **argv) {
	way = argv[1];
	file = argc > 3 ? argv[3] : "";
	pthread_mutex_lock(&mutex);
	if (!strcmp(argv[2], "thread")) {
		pthread_t t;
		pthread_create(&t, NULL, thread, NULL);
		pthread_join(t, NULL);
	} else if (!strcmp(argv[2], "signal")) {
		signal(SIGUSR1, handler);
		raise(SIGUSR1);
	} else if (!strcmp(argv[2], "deep")) {
		sink = deep(atoi(file));
	} else {
		sink = outer(3);
	}
	return 0;
}
