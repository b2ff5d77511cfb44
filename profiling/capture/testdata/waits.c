// waits has a thread for each way to wait, and one that burns.
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LEAF __attribute__((noinline))

static volatile unsigned long sink;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int ends[2];

LEAF static void burns(void) {
	for (long i = 0; i < 1000000; i++)
		sink += i;
}
LEAF static void locks(void) { pthread_mutex_lock(&mutex); sink++; }
LEAF static void sleeps(void) {
	struct timespec t = {3600, 0};
	nanosleep(&t, NULL);
	sink++;
}
LEAF static void reads(void) {
	char c;
	if (read(ends[0], &c, 1) > 0)
		sink++;
}
LEAF static void idles(void) {
	static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&own);
	pthread_cond_wait(&cond, &own);
	sink++;
}
LEAF static void naps(void) {
	for (;;) {
		burns();
		usleep(2000);
	}
}

static void *run(void *f) {
	for (;;)
		((void (*)(void))f)();
	return NULL;
}

int main(void) {
	void (*all[])(void) = {burns, locks, sleeps, reads, idles, naps};
	if (pipe(ends) != 0)
		return 1;
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < 6; i++) {
		pthread_t t;
		pthread_create(&t, NULL, run, (void *)all[i]);
	}
	puts("ready");
	fflush(stdout);
	char c;
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
