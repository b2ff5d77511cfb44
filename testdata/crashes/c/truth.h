/* What the C and C++ programs of the crash corpus share: see ../README.md. */
#ifndef TRUTH_H
#define TRUTH_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Writes one line of the truth: a format with single quotes for double ones. */
static void __attribute__((format(printf, 1, 2), unused)) truth(const char *format, ...)
{
	char line[4096];
	const char *path = getenv("TRUTH");
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line, sizeof line - 1, format, args);
	va_end(args);
	for (int i = 0; i < n; i++)
		if (line[i] == '\'')
			line[i] = '"';
	line[n++] = '\n';
	int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT, 0666) : 1;
	if (fd < 0 || write(fd, line, n) != n)
		exit(99);
	if (path)
		close(fd);
}

/* Says that this process is about to end so; the rest are further fields. */
#define CRASH(cause, rest, ...) truth("{'crash': {'pid': %d, 'cause': '" cause "', " rest "}}", getpid(), ##__VA_ARGS__)
#define REACHED() truth("{'reached': true}")

#endif
