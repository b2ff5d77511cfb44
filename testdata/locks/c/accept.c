// accept: an idle server of three processes that take turns. One has a mutex and
// waits for somebody to connect; the others wait for the mutex, to do the same.
#include <netinet/in.h>
#include <sys/socket.h>

#include "truth.h"

static pthread_mutex_t *turn;
static int listener;

static void serve(void *unused) {
	(void)unused;
	pthread_mutex_lock(turn);
	accept(listener, NULL, NULL);
	rest();
}

int main(void) {
	begin();
	turn = shared(sizeof *turn);
	pthread_mutexattr_t ma;
	pthread_mutexattr_init(&ma);
	pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(turn, &ma);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	MUST(listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	MUST(bind(listener, (struct sockaddr *)&at, sizeof at));
	MUST(listen(listener, 8));
	struct who h = child(serve, NULL);
	asleep(h, SYS_accept);
	struct who w1 = child(serve, NULL), w2 = child(serve, NULL);
	asleep(w1, SYS_futex);
	asleep(w2, SYS_futex);
	say_lock("pthread_mutex", "idle");
	say_holder(h);
	say_waiter(w1);
	say_waiter(w2);
	say_never("contended");
	say_never("abandoned");
	stay();
}
