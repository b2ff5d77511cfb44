package locks

import "testing"

func TestNamesLock(t *testing.T) {
	for name, want := range map[string]bool{
		"std::sys::sync::mutex::futex::Mutex::lock_contended":   true,
		"std::sys::sync::rwlock::futex::RwLock::read_contended": true,
		"__lll_lock_wait":          true,
		"lock_it":                  true,
		"tokio::runtime::block_on": false,
		"clock_nanosleep":          false,
		"std::thread::park":        false,
		"std::latch::wait":         false,
		"libc.so.6+0x8f2c4":        false,
		"block_until_unlocked":     false,
	} {
		if got := namesLock(name); got != want {
			t.Errorf("%s names a lock: %v, want %v", name, got, want)
		}
	}
}

func TestLocksMutex(t *testing.T) {
	for name, want := range map[string]bool{
		"__pthread_mutex_lock_full":        true,
		"pthread_mutex_lock":               true,
		"__pthread_mutex_clocklock_common": true,
		"__pthread_mutex_cond_lock_full":   true,
		"pthread_mutex_timedlock_pi":       true,
		"pthread_mutex_unlock":             false,
		"pthread_cond_wait":                false,
		"pthread_rwlock_rdlock":            false,
		"std::latch::wait":                 false,
	} {
		if got := locksMutex(name); got != want {
			t.Errorf("%s locks a mutex: %v, want %v", name, got, want)
		}
	}
}

func TestRustLock(t *testing.T) {
	for name, want := range map[string]string{
		"std::sys::sync::mutex::futex::Mutex::lock_contended":    "Mutex",
		"<std::sys::sync::mutex::futex::Mutex>::lock_contended":  "Mutex",
		"std::sys::sync::rwlock::futex::RwLock::read_contended":  "RwLock",
		"std::sys::sync::rwlock::futex::RwLock::write_contended": "RwLock",
		"std::sys::sync::rwlock::futex::RwLock::wake_writer":     "",
		"app::sync::Mutex::lock_contended":                       "",
		"__lll_lock_wait":                                        "",
		"":                                                       "",
	} {
		if got := rustLock(name); got != want {
			t.Errorf("%s waits for %q, want %q", name, got, want)
		}
	}
}
