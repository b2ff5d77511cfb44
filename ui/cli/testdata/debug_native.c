/* Counts until a file exists, or crashes at once. */
#include <stdio.h>
#include <unistd.h>

int tick(int counted) {
#ifdef CRASHES
  *(volatile int *)0 = counted;
#endif
  usleep(10000);
  return counted + 1;
}

int main(int argc, char **argv) {
  int counted = 70000;
  while (argc < 2 || access(argv[1], F_OK) != 0)
    counted = tick(counted);
  puts("it has counted");
  return counted < 70000;
}
