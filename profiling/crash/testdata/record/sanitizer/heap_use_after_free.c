#include <stdlib.h>

static int *make(void) { return malloc(10 * sizeof(int)); }

static int use(int *p) {
	free(p);
	return p[3];
}

int main(void) { return use(make()); }
