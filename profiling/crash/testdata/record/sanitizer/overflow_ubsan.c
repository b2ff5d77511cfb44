#include <limits.h>

static int add(int a, int b) { return a + b; }

int main(int argc, char **argv) {
	int shift = 30 + 10 * argc;
	return (add(INT_MAX, argc) != 0) + (1 << shift);
}
