#include <string.h>

static void fill(volatile char *b, int n) {
	for (int i = 0; i < n; i++) b[i] = 1;
}

int main(int argc, char **argv) {
	char b[8];
	fill(b, 64);
	return b[argc];
}
