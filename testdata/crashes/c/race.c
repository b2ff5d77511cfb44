/* What ThreadSanitizer finds; built with -fsanitize=thread. It goes on after a
 * report, and ends with 66 in the end. */
#include <pthread.h>

#include "truth.h"

static int count;

static void *add(void *unused)
{
	for (int i = 0; i < 1000; i++)
		count = i; /* the race */
	return unused;
}

enum { RACE = __LINE__ - 4 };

int main(int argc, char **argv)
{
	pthread_t a, b;
	(void)argc, (void)argv;
	CRASH("exception", "'code': 66, 'headline': ['data race'], 'frames': ['race.c:%d add'], 'format': 'thread sanitizer'", RACE);
	pthread_create(&a, NULL, add, NULL);
	pthread_create(&b, NULL, add, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	printf("count is %d\n", count);
	return 0;
}
