/* Programs that are no CPython, or a lie about one. Built with -DFAKE=hex it
 * exports what an interpreter of that version exports, and fills it with
 * pointers to itself. */
#include <stdint.h>
#include <stdio.h>

#ifdef FAKE
uint64_t _PyRuntime[1 << 16];
const unsigned long Py_Version = FAKE;
#ifdef DEBUG
void _Py_NegativeRefcount(void) {}
#endif
#endif

int main(void)
{
#ifdef FAKE
	for (int i = 0; i < 1 << 16; i++)
		_PyRuntime[i] = (uint64_t)_PyRuntime;
#ifdef COOKIE
	_PyRuntime[0] = 0x7970677562656478; /* xdebugpy */
	_PyRuntime[1] = FAKE;
	_PyRuntime[2] = COOKIE;
#endif
#endif
	puts("ready");
	fflush(stdout);
	getchar();
	return 0;
}
