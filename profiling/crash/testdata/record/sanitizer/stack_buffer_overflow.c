#include <string.h>

static void fill(char *b, int n) { memset(b, 1, n); }

int main(int argc, char **argv) {
	char b[8];
	fill(b, 16 * argc);
	return b[argc];
}
