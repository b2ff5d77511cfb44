// futex private|shared|latch: a mutex of three states (0 free, 1 taken, 2 taken
// and waited for), as Rust's and Go's runtimes have it: it keeps no owner. latch:
// two wait for a count that is 2, as it happens, to become 0: that is no lock.
#include <linux/futex.h>

#include "truth.h"

static _Atomic int *word;
static int private;

static void lock_it(void) {
	int was = 0;
	if (atomic_compare_exchange_strong(word, &was, 1)) return;
	while (atomic_exchange(word, 2) != 0)
		syscall(SYS_futex, word, FUTEX_WAIT | (private ? FUTEX_PRIVATE_FLAG : 0), 2, NULL, NULL, 0);
}

static void count_down(void *unused) {
	(void)unused;
	for (int left; (left = atomic_load(word)) != 0;) syscall(SYS_futex, word, FUTEX_WAIT, left, NULL, NULL, 0);
}

static void hold(void *unused) {
	(void)unused;
	lock_it();
	raise_flag(0);
	rest();
}

static void want(void *unused) {
	(void)unused;
	lock_it();
	rest();
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	private = !strcmp(argv[1], "private");
	word = private ? calloc(64, 4) : shared(4096);
	word += 16;
	if (!strcmp(argv[1], "latch")) {
		atomic_store(word, 2);
		for (int i = 0; i < 2; i++) asleep(child(count_down, NULL), SYS_futex);
		say_never("contended");
		say_never("abandoned");
		stay();
	}
	struct who (*start)(void (*)(void *), void *) = private ? thread : child;
	struct who h = start(hold, NULL);
	await_flag(0);
	struct who w1 = start(want, NULL), w2 = start(want, NULL);
	asleep(w1, SYS_futex);
	asleep(w2, SYS_futex);
	say_lock("futex", "");
	say_hidden();
	say_holder(h);
	say_waiter(w1);
	say_waiter(w2);
	say_never("abandoned");
	stay();
}
