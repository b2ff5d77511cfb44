package supervisor

import (
	"fmt"
	"net"
	"strconv"
	"sync"

	"example.com/muster/procs"
)

// ports hands out free TCP ports of 127.0.0.1, none of them to two slots.
// Between the moment when a port is found free and that at which the program
// takes it somebody else may: then the program says so, and the next run gets
// another.
type ports struct {
	mu    sync.Mutex
	given map[int]bool
}

// assign gives a slot the ports that its spec names: those of its last run,
// if they are still free. It says in words which were not.
func (p *ports) assign(spec procs.Spec, v procs.Vars) (_ procs.Vars, notices []string, err error) {
	port, pprof := spec.NamesPorts()
	for _, want := range []struct {
		named bool
		mark  string
		port  *int
	}{{port, "{port}", &v.Port}, {pprof, "{pprof_port}", &v.PprofPort}} {
		if !want.named {
			p.release(*want.port)
			*want.port = 0
			continue
		}
		had := *want.port
		if *want.port, err = p.claim(had); err != nil {
			return v, notices, fmt.Errorf("cannot find a free port for %s: %w", want.mark, err)
		}
		if had != 0 && had != *want.port {
			notices = append(notices, fmt.Sprintf("%s: port %d is taken by somebody else, %s is %d now", v.ID, had, want.mark, *want.port))
		}
	}
	return v, notices, nil
}

// claim returns the port that a slot had, if it is free, or else another.
func (p *ports) claim(had int) (int, error) {
	if had != 0 {
		if l, err := listen(had); err == nil {
			_ = l.Close() // nobody has connected to it
			return had, nil
		}
		p.release(had)
	}
	// The kernel may offer a port that a slot has been given and does not use
	// yet. It is kept busy until the kernel has offered another.
	for {
		l, err := listen(0)
		if err != nil {
			return 0, err
		}
		defer func() { _ = l.Close() }() // nobody has connected to it
		port := l.Addr().(*net.TCPAddr).Port
		if port != had && p.take(port) {
			return port, nil
		}
	}
}

func (p *ports) take(port int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.given[port] {
		return false
	}
	if p.given == nil {
		p.given = map[int]bool{}
	}
	p.given[port] = true
	return true
}

// release gives ports back; 0 is none.
func (p *ports) release(given ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, port := range given {
		delete(p.given, port)
	}
}

func listen(port int) (net.Listener, error) {
	return net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}
