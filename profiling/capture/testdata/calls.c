// calls spends its time in the kernel, or starts what its arguments say: "fork"
// copies of itself that burn, "exec" becomes another program after a line on its
// standard input, "threads N" of which two burn and the others sleep.
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile unsigned long sink;

__attribute__((noinline)) static void burns(void) {
	for (long i = 0; i < 1000000; i++)
		sink += i;
}

__attribute__((noinline)) static void reads(int fd) {
	static char buf[1 << 20];
	read(fd, buf, sizeof buf);
	sink++;
}

static void *forever(void *arg) {
	for (;;)
		burns();
	return arg;
}

static void *sleeps(void *arg) {
	for (;;)
		pause();
	return arg;
}

static void *begets(void *arg) {
	for (;;) {
		if (fork() == 0) {
			for (int i = 0; i < 100; i++)
				burns();
			_exit(0);
		}
		wait(NULL);
	}
	return arg;
}

static void *fetches(void *arg) {
	int fd = open("/dev/zero", O_RDONLY);
	for (;;)
		reads(fd);
	return arg;
}

int main(int argc, char **argv) {
	pthread_t t;
	char line[100];
	if (strcmp(argv[1], "fork") == 0)
		pthread_create(&t, NULL, begets, NULL);
	if (strcmp(argv[1], "kernel") == 0)
		pthread_create(&t, NULL, fetches, NULL);
	if (strcmp(argv[1], "threads") == 0)
		for (int i = 0; i < atoi(argv[2]); i++)
			pthread_create(&t, NULL, i < 2 ? forever : sleeps, NULL);
	puts("ready");
	fflush(stdout);
	if (strcmp(argv[1], "exec") == 0 && read(0, line, 1) == 1)
		execv(argv[2], argv + 2);
	while (read(0, line, sizeof line) > 0)
		;
	return 0;
}
