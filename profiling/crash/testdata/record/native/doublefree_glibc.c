#include <stdlib.h>

int main(void) {
	char *p = malloc(2000);
	malloc(10);
	free(p);
	free(p);
}
