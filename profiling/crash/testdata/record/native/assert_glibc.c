#include <assert.h>
#include <string.h>

static void check(int n) { assert(n > 3 && "too few"); }

int main(int argc, char **argv) { check(argc); }
