#include <pthread.h>
#include <stdlib.h>

static int *shared;

static void *work(void *arg) {
	free(shared);
	return arg;
}

int main(void) {
	pthread_t t;
	shared = malloc(4);
	pthread_create(&t, 0, work, 0);
	pthread_join(t, 0);
	return *shared;
}
