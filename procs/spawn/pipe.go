package spawn

import "example.com/muster/procs"

// openPipes makes a pipe each for standard output and error.
func (s *Streams) openPipes() error {
	for i, stream := range [...]procs.Stream{procs.Stdout, procs.Stderr} {
		read, write, err := pipe()
		if err != nil {
			return err
		}
		s.child[1+i] = write
		src, err := s.read(read, stream, take, false)
		if err != nil {
			return err
		}
		src.gathers, src.widen = true, widenPipe
	}
	return nil
}
