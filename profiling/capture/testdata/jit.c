// jit makes code at run time and says what it is called, as a compiler for a
// language does, in /tmp/perf-PID.map; it removes that file at its end. With an
// argument it does not say.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <unistd.h>

#if defined(__x86_64__)
// push %rbp; mov %rsp,%rbp; mov $100000000,%ecx; 1: dec %ecx; jnz 1b; pop %rbp; ret
static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xb9, 0x00, 0xe1, 0xf5, 0x05, 0xff, 0xc9, 0x75, 0xfc, 0x5d, 0xc3};
#elif defined(__aarch64__)
// stp x29,x30,[sp,#-16]!; mov x29,sp; movz w0,#0x5f5,lsl #16; 1: subs w0,w0,#1; b.ne 1b; ldp x29,x30,[sp],#16; ret
static const unsigned int code[] = {0xa9bf7bfd, 0x910003fd, 0x52a0bea0, 0x71000400, 0x54ffffe1, 0xa8c17bfd, 0xd65f03c0};
#endif

static volatile unsigned long sink;

__attribute__((noinline)) static void runs(void (*f)(void)) {
	f();
	sink++;
}

int main(int argc, char **argv) {
	(void)argv;
	unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char name[64];
	snprintf(name, sizeof name, "/tmp/perf-%d.map", getpid());
	memcpy(page, code, sizeof code);
	mprotect(page, 4096, PROT_READ | PROT_EXEC);
	FILE *f = fopen(name, "w");
	fprintf(f, "%lx %lx made::at run time\n", (unsigned long)page, (unsigned long)sizeof code);
	fclose(f);
	if (argc > 1)
		unlink(name);
	puts("ready");
	fflush(stdout);
	char c;
	while (sink < 10000) {
		runs((void (*)(void))page);
		fd_set in;
		struct timeval now = {0, 0};
		FD_ZERO(&in);
		FD_SET(0, &in);
		if (select(1, &in, NULL, NULL, &now) > 0 && read(0, &c, 1) <= 0)
			break;
	}
	unlink(name);
	return 0;
}
