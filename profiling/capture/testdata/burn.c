// burn spends its time in three functions, as 7 to 2 to 1, in each of some
// threads. The second way to call them is through a recursion of 40 levels.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LEAF __attribute__((noinline))

static volatile unsigned long sink;

LEAF static void spin(int units) {
	unsigned long x = sink;
	for (long i = 0; i < units * 100000L; i++)
		x = x * 6364136223846793005UL + 1442695040888963407UL;
	sink = x;
}
LEAF void seven(void) { spin(7); sink++; }
LEAF void two(void) { spin(2); sink++; }
LEAF void one(void) { spin(1); sink++; }

LEAF void down(int n) {
	if (n > 0)
		down(n - 1);
	else {
		seven();
		two();
		one();
	}
	sink++;
}

static int depth;

static void *work(void *arg) {
	for (;;)
		down(depth);
	return arg;
}

int main(int argc, char **argv) {
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	depth = argc > 2 ? atoi(argv[2]) : 0;
	for (int i = 0; i < threads; i++) {
		pthread_t t;
		pthread_create(&t, NULL, work, NULL);
	}
	puts("ready");
	fflush(stdout);
	char c;
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
