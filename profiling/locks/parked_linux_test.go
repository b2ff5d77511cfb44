package locks

import (
	"strings"
	"testing"
)

func TestParked(t *testing.T) {
	const wait, uv = "libc.so.6 __futex_abstimed_wait_common|libc.so.6 __new_sem_wait_slow64", "|unix/thread.c:639 uv__sem_wait|unix/thread.c:695 uv_sem_wait"
	for stack, want := range map[string]bool{
		wait + uv + "|node node::inspector::(anonymous namespace)::StartIoThreadMain|libc.so.6 start_thread|libc.so.6 clone3": true,
		wait + "|a.out worker|libc.so.6 start_thread|libc.so.6 clone3":                                                        true,
		wait + "|a.out work|a.out worker|libc.so.6 start_thread|libc.so.6 clone3":                                             false,
		wait + "|a.out main|libc.so.6 __libc_start_call_main":                                                                 false,
		wait + "|a.out worker":                false, // who has called it is not known
		wait:                                  false,
		"":                                    false,
		"a.out worker|libc.so.6 start_thread": false,
		"ld-musl.so sem_timedwait|a.out worker|ld-musl.so start": true,
	} {
		if got := parked(strings.Split(stack, "|")); got != want {
			t.Errorf("%s: %v", stack, got)
		}
	}
}
