// Package store is what the stacks of a scene name; it is never built.
package store

type store struct {
	mu   mutex
	rows map[string]string
}

func (s *store) put(k, v string) {
	s.mu.Lock()
	s.rows[k] = v
	s.mu.Unlock()
}

func (s *store) get(k string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.rows[k]
}

func serve(jobs <-chan job) { (<-jobs).run() }
