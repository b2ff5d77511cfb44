/* A program with CPython inside, of another name, that exports nothing. */
#include <Python.h>

int main(int argc, char **argv)
{
	Py_Initialize();
	return PyRun_SimpleString(
		"import sys, threading\n"
		"def inside():\n"
		"    print('ready', flush=True); sys.stdin.readline()\n"
		"inside()\n");
}
