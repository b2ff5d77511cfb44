#include <stdlib.h>

static void *keep;

static void lose(void) { keep = malloc(100); }

int main(void) {
	for (int i = 0; i < 3; i++) lose();
	keep = 0;
	return 0;
}
