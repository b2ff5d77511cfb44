// sysvsem hold|undo: a System V semaphore of value 1 that is taken; two wait.
#include <sys/ipc.h>
#include <sys/sem.h>

#include "truth.h"

static int id;
static short with;

static void take(int flag) {
	struct sembuf down = {.sem_num = 1, .sem_op = -1, .sem_flg = with};
	MUST(semop(id, &down, 1));
	if (flag >= 0) raise_flag(flag);
	rest();
}

static void hold(void *unused) {
	(void)unused;
	take(0);
}

static void want(void *unused) {
	(void)unused;
	take(-1);
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	with = !strcmp(argv[1], "undo") ? SEM_UNDO : 0;
	MUST(id = semget(IPC_PRIVATE, 2, IPC_CREAT | 0600));
	if (semctl(id, 1, SETVAL, 1) < 0) fail("set the semaphore");
	struct who h = child(hold, NULL);
	await_flag(0);
	struct who w1 = child(want, NULL), w2 = child(want, NULL);
	long call = SYS_semop;
#ifdef SYS_semtimedop
	if (!in_call(w1, call)) call = SYS_semtimedop; // what semop is in newer C libraries
	while (!in_call(w1, SYS_semop) && !in_call(w1, SYS_semtimedop)) nap();
	call = in_call(w1, SYS_semop) ? SYS_semop : SYS_semtimedop;
#endif
	asleep(w1, call);
	asleep(w2, call);
	say_lock("sysv_sem", "");
	say_hidden(); // the kernel keeps only who operated on it last
	say_process(h);
	say_waiter(w1);
	say_waiter(w2);
	say_never("abandoned");
	say(0);
	await_end();
	end_children();
	semctl(id, 0, IPC_RMID);
	return 0;
}
