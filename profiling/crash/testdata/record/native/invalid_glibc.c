#include <stdlib.h>

int main(void) {
	char b[64];
	free(b + 8);
}
