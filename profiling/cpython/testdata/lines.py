# The tables of lines of all code in some modules of the standard library, and
# what Python itself reads in them: one JSON line a code object.
import dis, json, sys
import argparse, ast, asyncio.base_events, collections, dataclasses, decimal, difflib, email.message
import inspect, multiprocessing.managers, pickle, subprocess, tarfile, typing, unittest.mock, urllib.request
import importlib.util

LONG = "def f():\n    x = 1\n" + "\n" * 300 + "    y = 2\n" + "    z = [" + "1, " * 300 + "]\n" + "    return (x,\n\n\n y)\n"


def codes(code):
    yield code
    for c in code.co_consts:
        if hasattr(c, 'co_code'):
            yield from codes(c)


def ranges(code):
    # Where each line starts, as [offset, line]; 0 for none.
    if hasattr(code, 'co_lines'):
        return [[start, line or 0] for start, end, line in code.co_lines() if start < end]
    return list(dis.findlinestarts(code))


def show(code):
    table = code.co_linetable if hasattr(code, 'co_linetable') else code.co_lnotab
    print(json.dumps([table.hex(), code.co_firstlineno, len(code.co_code), ranges(code)]))


for name, module in sorted(sys.modules.items()):
    loader = getattr(module, '__loader__', None)
    if hasattr(loader, 'get_code') and not name.startswith('_sysconfigdata'):
        try:
            top = loader.get_code(name)
        except ImportError:
            continue
        if top:
            for c in codes(top):
                show(c)
for c in codes(compile(LONG, 'long', 'exec')):
    show(c)
print('[]')
