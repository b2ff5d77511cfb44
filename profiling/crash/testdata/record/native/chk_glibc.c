#include <string.h>
#include <stdio.h>

char small[4];

int main(int argc, char **argv) {
	strcpy(small, argv[0]);
	puts(small);
	return 0;
}
