/* mutex N: takes a process-shared pthread mutex N times, beside a thread that
 * wants it now and then.
 * mutex wait: two threads wait in pipes for ever. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex;

static void *now_and_then(void *unused)
{
	for (;;) {
		usleep(100000);
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
	return unused;
}

static void *wait_in_pipe(void *unused)
{
	int ends[2];
	char c;
	if (pipe(ends) == 0 && read(ends[0], &c, 1) < 0)
		return NULL;
	return unused;
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
	pthread_mutexattr_t shared;
	pthread_t other;
	if (argc > 1 && strcmp(argv[1], "wait") == 0) {
		pthread_create(&other, NULL, wait_in_pipe, NULL);
		wait_in_pipe(NULL);
	}
	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&mutex, &shared);
	pthread_create(&other, NULL, now_and_then, NULL);
	double started = seconds();
	for (long n = argc > 1 ? atol(argv[1]) : 0; n > 0; n--) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
	double took = seconds() - started;
	const char *name = getenv("BENCH_OWN");
	FILE *own = name ? fopen(name, "w") : NULL;
	if (own) {
		fprintf(own, "%.6f", took);
		fclose(own);
	}
	return 0;
}
