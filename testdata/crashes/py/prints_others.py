"""Prints what other programs said when they crashed, as a log viewer does."""
import truth

print("""\
Traceback (most recent call last):
  File "/srv/app/main.py", line 12, in <module>
    main()
  File "/srv/app/main.py", line 9, in main
    raise ValueError("bad width")
ValueError: bad width
panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.main()
\t/srv/app/main.go:11 +0x1d
exit status 2
thread 'main' panicked at src/main.rs:4:5:
no such thing
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
terminate called after throwing an instance of 'std::runtime_error'
  what():  out of coffee
*** stack smashing detected ***: terminated
double free or corruption (fasttop)
Fatal Python error: Segmentation fault

Current thread 0x00007f1c5b7fe740 (most recent call first):
  File "/srv/app/x.py", line 3 in work
  File "/srv/app/x.py", line 7 in <module>
fatal error: all goroutines are asleep - deadlock!

goroutine 1 [chan receive]:
main.main()
\t/srv/app/main.go:7 +0x2d
=================================================================
==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x4011f6 bp 0x7ffd sp 0x7ffd
READ of size 4 at 0x602000000010 thread T0
    #0 0x4011f5 in main /srv/app/a.c:7
SUMMARY: AddressSanitizer: heap-use-after-free /srv/app/a.c:7 in main
==4711==ABORTING""")
truth.reached()
