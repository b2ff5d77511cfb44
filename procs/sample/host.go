package sample

import (
	"runtime"

	"example.com/muster/procs"
	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/mem"
)

// hostMeter measures the machine.
type hostMeter struct {
	cores       int
	busy, total float64 // seconds, over all cores
}

// read returns what the machine uses now. The share of CPU is that since the
// call before; Unknown in the first.
func (m *hostMeter) read() *procs.Host {
	if m.cores == 0 {
		m.cores = runtime.NumCPU()
		if n, err := cpu.Counts(true); err == nil {
			m.cores = n
		}
	}
	h := &procs.Host{Cores: m.cores, CPUPercent: procs.Unknown}
	if v, err := mem.VirtualMemory(); err == nil {
		h.MemTotal, h.MemUsed = int64(v.Total), int64(v.Total-v.Available)
	}
	times, err := cpu.Times(false)
	if err != nil || len(times) == 0 {
		return h
	}
	t := times[0]
	// Guest time is part of user time already, see proc(5).
	busy := t.User + t.Nice + t.System + t.Irq + t.Softirq
	total := busy + t.Idle + t.Iowait + t.Steal
	if m.total > 0 && total > m.total {
		h.CPUPercent = 100 * float64(m.cores) * max(0, busy-m.busy) / (total - m.total)
	}
	m.busy, m.total = busy, total
	return h
}
