// setuid: who has a file lock is a program that has other rights than those who
// started it, such as sudo or su; so has one who waits for it beside an ordinary
// process. It takes copies of this program that are setuid: NAME-nobody for
// root, NAME-root for anybody else. Where there is none, or the file system
// does not permit it (nosuid), this is not possible here.
#include <sys/file.h>
#include <sys/stat.h>

#include "truth.h"

static const char *path;
static char self[4096];
static int shared_fd;

// become runs the copy, which goes on in main with its own descriptor of the file.
static void become(void *how) {
	char lock[16], flag[16];
	snprintf(lock, sizeof lock, "%d", open(path, O_RDWR));
	snprintf(flag, sizeof flag, "%d", shared_fd);
	execl(self, self, how, lock, flag, NULL);
	fail("run the setuid program");
}

static void want(void *unused) {
	(void)unused;
	MUST(flock(open(path, O_RDWR | O_CLOEXEC), LOCK_EX));
	rest();
}

// waits_for_file reports whether the kernel's list has a process that waits for
// a lock of a file: nothing else says so of one that may not be looked into.
static int waits_for_file(pid_t pid) {
	char line[256];
	int yes = 0;
	pid_t got;
	FILE *f = fopen("/proc/locks", "re");
	if (!f) fail("read /proc/locks");
	while (fgets(line, sizeof line, f))
		if (strstr(line, "->") && sscanf(line, "%*s -> FLOCK %*s %*s %d", &got) == 1) yes |= got == pid;
	fclose(f);
	return yes;
}

// raised is what the program that has become another tells: 1 it has the lock,
// 2 it has no other rights.
static int raised(char **argv) {
	_Atomic int *flag = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, atoi(argv[3]), 0);
	if (flag == MAP_FAILED) fail("map the flag");
	MUST(prctl(PR_SET_PDEATHSIG, SIGKILL)); // which it has lost
	if (geteuid() == getuid()) {
		atomic_store(flag, 2);
		rest();
	}
	MUST(flock(atoi(argv[2]), LOCK_EX));
	if (!strcmp(argv[1], "hold")) atomic_store(flag, 1);
	rest();
	return 0;
}

int main(int argc, char **argv) {
	if (argc == 4) return raised(argv);
	begin();
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 16);
	if (n < 0) fail("read /proc/self/exe");
	strcpy(self + n, getuid() == 0 ? "-nobody" : "-root");
	struct stat st;
	if (stat(self, &st) < 0 || !(st.st_mode & S_ISUID)) return 77;
	path = scratch();
	MUST(shared_fd = memfd_create("flag", 0));
	MUST(ftruncate(shared_fd, 4096));
	_Atomic int *flag = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
	if (flag == MAP_FAILED) fail("map the flag");
	struct who h = child(become, "hold");
	while (!atomic_load(flag)) nap();
	if (atomic_load(flag) == 2) {
		end_children();
		return 77;
	}
	struct who s = child(become, "want"), w = child(want, NULL);
	asleep(w, SYS_flock);
	while (!waits_for_file(s.pid)) nap();
	asleep(s, SYS_flock);
	int denied = getuid() != 0;
	say_lock("flock", "contended");
	say_process(h); // the kernel's list of file locks names it to everybody
	say_waiter(w);
	if (!denied) say_waiter(s);
	say_never("abandoned");
	say(denied);
	await_end();
	end_children();
	return 0;
}
