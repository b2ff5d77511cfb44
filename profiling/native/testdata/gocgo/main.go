// A program that waits in C.
package main

/*
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
__attribute__((noinline)) static int c_waits(void) {
	char b[64];
	printf("tid %ld\nline inner 0\n", (long)syscall(SYS_gettid));
	fflush(stdout);
	return read(0, b, 1) + b[0];
}
*/
import "C"

func main() { C.c_waits() }
