package uitest

import (
	"time"

	"example.com/muster/procs"
)

// Composed is a shop of six pools on its way up: its database answers, its
// cache does not yet, two pools wait, one is blocked by a failure, one is off.
func Composed() *Session {
	db := running(procs.ID{Pool: "db"}, 5001, 42*time.Second, usage(3, 96, 12))
	db.Probed, db.Ready, db.Port = true, true, 5432
	db.LastLine = line("database system is ready to accept connections")
	cache := running(procs.ID{Pool: "cache"}, 5002, 12*time.Second, usage(1, 12, 4))
	cache.Probed, cache.Reason = true, "not ready: tcp 127.0.0.1:6379: connection refused (2 of 3)"
	cache.LastLine = line("loading 812 MB dump")
	seed := running(procs.ID{Pool: "seed"}, 5003, 0, procs.Usage{})
	seed.State, seed.PID = procs.Exited, 0
	seed.LastExit = &procs.Exit{Code: 1, At: Now.Add(-30 * time.Second), RunStartedAt: Now.Add(-40 * time.Second)}
	seed.LastLine = line("seed: table users: permission denied")
	waits := func(pool string, slot int, why string) procs.Slot {
		return procs.Slot{Run: procs.Run{ID: procs.ID{Pool: pool, Slot: slot}}, State: procs.Starting, Since: startedAt, Reason: why}
	}
	blocked := waits("report", 0, "waits for seed: succeeded, but seed/0 ended: exit 1")
	blocked.State = procs.Failed
	why := "waits for cache: ready, tcp 127.0.0.1:6379: connection refused (2 of 3)"
	off := procs.Slot{Run: procs.Run{ID: procs.ID{Pool: "mail"}}, State: procs.Stopped, Since: startedAt}
	return New(snapshot("shop",
		procs.Pool{Name: "db", Argv: []string{"./db", "--port", "5432"}, Size: 1, Slots: []procs.Slot{db}},
		procs.Pool{Name: "cache", Argv: []string{"./cache"}, Size: 1, Slots: []procs.Slot{cache}},
		procs.Pool{Name: "seed", Argv: []string{"./seed"}, Size: 1, Slots: []procs.Slot{seed}},
		procs.Pool{Name: "api", Argv: []string{"./api"}, Size: 2, Slots: []procs.Slot{waits("api", 0, why), waits("api", 1, why)}},
		procs.Pool{Name: "report", Argv: []string{"./report"}, Size: 1, Slots: []procs.Slot{blocked}},
		procs.Pool{Name: "mail", Argv: []string{"./mail"}, Size: 1, Disabled: true, Slots: []procs.Slot{off}},
	))
}
