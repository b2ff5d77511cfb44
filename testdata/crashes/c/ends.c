/* Ends by what its argument says: a signal of its own instructions, an abort
 * of glibc's, an exit code. */
#include <assert.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "truth.h"

static volatile int zero;
static int *volatile nowhere;

static void __attribute__((noinline)) smash(size_t n)
{
	char small[16];
	memset(small, 'x', n);
	__asm__ volatile("" : : "r"(small) : "memory");
}

static void segv(void)
{
	CRASH("signal", "'signal': 'SIGSEGV', 'headline': ['SIGSEGV']");
	*nowhere = 1;
}

static void fpe(void)
{
	CRASH("signal", "'signal': 'SIGFPE', 'headline': ['SIGFPE']");
	zero = 7 / zero;
}

static void ill(void)
{
	CRASH("signal", "'signal': 'SIGILL', 'headline': ['SIGILL']");
	__builtin_trap();
}

static void bus(void)
{
	FILE *f = tmpfile();
	char *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(f), 0);
	CRASH("signal", "'signal': 'SIGBUS', 'headline': ['SIGBUS']");
	page[0] = 1; /* the file has no such page */
}

static void aborts(void)
{
	CRASH("signal", "'signal': 'SIGABRT', 'headline': ['SIGABRT']");
	abort();
}

static void asserts(void)
{
	CRASH("signal", "'signal': 'SIGABRT', 'headline': ['ssertion', 'zero == 1'], 'frames': ['ends.c:%d asserts'], 'format': 'glibc abort'", __LINE__ + 1);
	assert(zero == 1);
}

static void stack(void)
{
	CRASH("signal", "'signal': 'SIGABRT', 'headline': ['stack smashing'], 'format': 'glibc abort'");
	smash(64);
}

static void double_free(void)
{
	char *volatile p = malloc(24);
	CRASH("signal", "'signal': 'SIGABRT', 'headline': ['double free'], 'format': 'glibc abort'");
	free(p);
	free(p);
}

static void bad_free(void)
{
	char *volatile p = (char *)malloc(64) + 8;
	CRASH("signal", "'signal': 'SIGABRT', 'headline': ['free(): invalid pointer'], 'format': 'glibc abort'");
	free(p);
}

static void code(void)
{
	CRASH("exit", "'code': 3, 'headline': ['3'], 'tail': ['cannot open the archive']");
	fprintf(stderr, "cannot open the archive\n");
	exit(3);
}

static void killed(void)
{
	CRASH("killed", "'signal': 'SIGKILL', 'headline': ['SIGKILL'], 'certainty': 'likely'");
	kill(getpid(), SIGKILL);
}

static void term(void)
{
	CRASH("killed", "'signal': 'SIGTERM', 'headline': ['SIGTERM']");
	raise(SIGTERM);
}

static void pipe_(void)
{
	int fd[2];
	if (pipe(fd) < 0)
		exit(99);
	close(fd[0]);
	signal(SIGPIPE, SIG_DFL); /* a parent may have it ignored */
	CRASH("signal", "'signal': 'SIGPIPE', 'headline': ['SIGPIPE']");
	if (write(fd[1], "x", 1) < 0)
		exit(99);
}

static void child_segv(void)
{
	pid_t pid = fork();
	if (pid == 0)
		segv();
	waitpid(pid, NULL, 0);
	exit(0);
}

/* The grandchild is an orphan before it ends, and ends before the slot's own
 * process does: muster ends what is left over after that. */
static void orphan(void)
{
	int fd[2], gone[2];
	char c;
	if (pipe(fd) < 0 || pipe(gone) < 0)
		exit(99);
	if (fork() == 0) {
		if (fork() > 0)
			_exit(0);
		if (read(fd[0], &c, 1) != 1)
			exit(99);
		CRASH("signal", "'signal': 'SIGABRT', 'headline': ['SIGABRT']");
		abort();
	}
	wait(NULL);
	close(gone[1]);
	if (write(fd[1], "x", 1) != 1 || read(gone[0], &c, 1) != 0)
		exit(99);
	exit(0);
}

/* The kernel writes a core dump, as far as the limit and the machine permit it. */
static void core(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_max == 0)
		exit(77);
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_CORE, &limit) < 0 || chdir(getenv("TMPDIR")) < 0)
		exit(99);
	CRASH("signal", "'signal': 'SIGSEGV', 'headline': ['SIGSEGV'], 'dumped': true");
	*nowhere = 1;
}

/* fork_as forks a child with a certain pid: clone3(2), which takes CAP_SYS_ADMIN or
 * CAP_CHECKPOINT_RESTORE. */
static pid_t fork_as(pid_t pid)
{
	struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1};
	return syscall(SYS_clone3, &args, sizeof args);
}

/* A pid is another process's as soon as it is free, three times: each has ended in a
 * way of its own. */
static void reuse(void)
{
	pid_t pid = fork();
	if (pid == 0)
		segv();
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 2; i++) {
		pid_t again = fork_as(pid);
		if (again == 0 && i == 0)
			fpe();
		if (again == 0)
			ill();
		if (again < 0)
			exit(77);
		if (waitpid(pid, NULL, 0) != pid)
			exit(99);
	}
	exit(0);
}

static void good(void)
{
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGTERM); /* its own parent ends it */
	waitpid(pid, NULL, 0);
	REACHED();
	exit(0);
}

int main(int argc, char **argv)
{
	static const struct { const char *name; void (*play)(void); } modes[] = {
		{"segv", segv}, {"fpe", fpe}, {"ill", ill}, {"bus", bus}, {"abort", aborts}, {"assert", asserts}, {"stack", stack},
		{"double-free", double_free}, {"bad-free", bad_free}, {"code", code}, {"killed", killed}, {"term", term}, {"pipe", pipe_},
		{"child-segv", child_segv}, {"orphan", orphan}, {"good", good}, {"core", core},
		{"reuse", reuse},
	};
	for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; i++)
		if (strcmp(modes[i].name, argv[1]) == 0)
			modes[i].play();
	return 98;
}
