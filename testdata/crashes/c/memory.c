/* What AddressSanitizer finds; built with -fsanitize=address. */
#include "truth.h"

static char *volatile kept;

static void use_after_free(void)
{
	char *volatile p = malloc(16);
	free(p);
	CRASH("exception", "'type': 'heap-use-after-free', 'headline': ['heap-use-after-free'], 'frames': ['memory.c:%d use_after_free'], 'format': 'address sanitizer'", __LINE__ + 1);
	p[3] = 1;
}

static void heap(void)
{
	char *volatile p = malloc(16);
	CRASH("exception", "'type': 'heap-buffer-overflow', 'headline': ['heap-buffer-overflow'], 'frames': ['memory.c:%d heap'], 'format': 'address sanitizer'", __LINE__ + 1);
	p[16] = 1;
}

static void stack(void)
{
	char small[16];
	char *volatile p = small;
	CRASH("exception", "'type': 'stack-buffer-overflow', 'headline': ['stack-buffer-overflow'], 'frames': ['memory.c:%d stack'], 'format': 'address sanitizer'", __LINE__ + 1);
	p[16] = 1;
}

static void segv(void)
{
	CRASH("exception", "'type': 'SEGV', 'headline': ['SEGV'], 'frames': ['memory.c:%d segv'], 'format': 'address sanitizer'", __LINE__ + 1);
	*kept = 1;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "use-after-free") == 0)
		use_after_free();
	if (argc > 1 && strcmp(argv[1], "heap") == 0)
		heap();
	if (argc > 1 && strcmp(argv[1], "stack") == 0)
		stack();
	if (argc > 1 && strcmp(argv[1], "segv") == 0)
		segv();
	return 98;
}
