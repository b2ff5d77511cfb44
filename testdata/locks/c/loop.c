// loop epoll|select: an event loop waits for any of a pipe and a socket, whose
// other ends belong to a child alone; and the child reads a pipe into which
// only the loop can write. Each waits for the other, but who can say what a loop
// does next? That is idle, and no deadlock.
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "truth.h"

static const char *how;
static int results[2], orders[2], talk[2];

static void loop(void *unused) {
	(void)unused;
	close(results[1]), close(orders[0]), close(talk[1]);
	if (!strcmp(how, "select")) {
		fd_set in;
		FD_ZERO(&in);
		FD_SET(results[0], &in);
		FD_SET(talk[0], &in);
		select(1 + (results[0] > talk[0] ? results[0] : talk[0]), &in, NULL, NULL, NULL);
	} else {
		int fd;
		struct epoll_event e = {.events = EPOLLIN};
		MUST(fd = epoll_create1(EPOLL_CLOEXEC));
		MUST(epoll_ctl(fd, EPOLL_CTL_ADD, results[0], &e));
		MUST(epoll_ctl(fd, EPOLL_CTL_ADD, talk[0], &e));
		epoll_wait(fd, &e, 1, -1);
	}
	rest();
}

static void work(void *unused) {
	(void)unused;
	char c;
	close(results[0]), close(orders[1]), close(talk[0]);
	if (read(orders[0], &c, 1) < 0) fail("read");
	rest();
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	how = argv[1];
	MUST(pipe2(results, O_CLOEXEC));
	MUST(pipe2(orders, O_CLOEXEC));
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk));
	struct who l = child(loop, NULL), w = child(work, NULL);
	close(results[0]), close(results[1]), close(orders[0]), close(orders[1]), close(talk[0]), close(talk[1]);
	asleep(l, ANY_CALL);
	asleep(w, SYS_read);
	say_lock("pipe", "idle");
	say_process(l);
	say_waiter(w);
	say_never("contended");
	say_never("abandoned");
	stay();
}
