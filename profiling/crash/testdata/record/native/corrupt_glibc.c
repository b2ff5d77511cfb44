#include <stdlib.h>
#include <string.h>

int main(void) {
	char *p = malloc(24);
	memset(p, 0xff, 64);
	malloc(100000);
	malloc(2000);
}
