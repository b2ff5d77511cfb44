// socket pair|full|tcp|abba: one reads from a peer that says nothing (Unix or
// TCP), writes to one that does not read, or two read from each other.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "truth.h"

static int s[2];

static void peer(void *unused) {
	(void)unused;
	close(s[0]);
	rest();
}

static void reader(void *unused) {
	(void)unused;
	char c;
	close(s[1]);
	if (recv(s[0], &c, 1, 0) < 0) fail("receive");
	rest();
}

static void filler(void *unused) {
	(void)unused;
	static char block[4096];
	close(s[1]);
	for (;;)
		if (send(s[0], block, sizeof block, 0) < 0) fail("send");
}

static void other_reader(void *unused) {
	(void)unused;
	char c;
	close(s[0]);
	if (recv(s[1], &c, 1, 0) < 0) fail("receive");
	rest();
}

static int listener;
static struct sockaddr_in address = {.sin_family = AF_INET};

static void serve(void *unused) {
	(void)unused;
	int conn = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (conn < 0) fail("accept");
	raise_flag(0);
	rest();
}

static void call(void *unused) {
	(void)unused;
	char c;
	close(listener);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	MUST(connect(fd, (struct sockaddr *)&address, sizeof address));
	if (recv(fd, &c, 1, 0) < 0) fail("receive");
	rest();
}

int main(int argc, char **argv) {
	if (argc < 2) return 2;
	begin();
	const char *how = argv[1];
	say_never("abandoned");
	if (!strcmp(how, "tcp")) {
		socklen_t size = sizeof address;
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		MUST(listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
		MUST(bind(listener, (struct sockaddr *)&address, sizeof address));
		MUST(listen(listener, 4));
		MUST(getsockname(listener, (struct sockaddr *)&address, &size));
		struct who h = child(serve, NULL), w = child(call, NULL);
		await_flag(0);
		asleep(w, SYS_recvfrom);
		say_lock("socket", "");
		say_process(h);
		say_waiter(w);
		stay();
	}
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s));
	if (!strcmp(how, "abba")) {
		struct who l = child(reader, NULL), r = child(other_reader, NULL);
		close(s[0]), close(s[1]);
		asleep(l, SYS_recvfrom);
		asleep(r, SYS_recvfrom);
		say_lock("socket", "");
		say_process(r);
		say_waiter(l);
		say_lock("socket", "");
		say_process(l);
		say_waiter(r);
		say_deadlock(2, l, r);
		stay();
	}
	int full = !strcmp(how, "full");
	struct who h = child(peer, NULL), w = child(full ? filler : reader, NULL);
	close(s[0]), close(s[1]);
	asleep(w, full ? SYS_sendto : SYS_recvfrom);
	say_lock("socket", full ? "contended" : "");
	say_process(h);
	say_waiter(w);
	stay();
}
