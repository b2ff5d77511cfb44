package cpython

import "example.com/muster/profiling/peek"

// pageSize is the smallest page of any system that muster runs on: what is
// mapped at one address is mapped up to the next multiple of it.
const pageSize = 4096

// keptPages is how many pages are kept while one stack is read. From 3.11 on
// the frames of a thread lie side by side, so that one page holds dozens of
// them, all of one moment.
const keptPages = 8

// pages reads small structures by the page, and keeps the latest pages until
// they are forgotten.
type pages struct {
	mem   peek.Memory
	addrs [keptPages]uint64
	bytes [keptPages][]byte
	used  int // how many were read since they were forgotten
	cut   []byte
}

// forget makes the next reads look again.
func (p *pages) forget() { p.used = 0 }

// pageOf is the page that an address is on.
func pageOf(addr uint64) uint64 { return addr &^ (pageSize - 1) }

// keep takes a page that somebody else has read.
func (p *pages) keep(addr uint64, b []byte) {
	i := p.used % keptPages
	p.bytes[i] = append(p.bytes[i][:0], b...)
	p.addrs[i] = addr
	p.used++
}

// read returns n bytes from an address, at most a page; they stay valid until
// the next call.
func (p *pages) read(addr uint64, n int) ([]byte, error) {
	in := int(addr % pageSize)
	b, err := p.page(pageOf(addr))
	if err != nil || in+n <= pageSize {
		if err != nil {
			return nil, err
		}
		return b[in : in+n], nil
	}
	p.cut = append(p.cut[:0], b[in:]...)
	if b, err = p.page(pageOf(addr) + pageSize); err != nil {
		return nil, err
	}
	p.cut = append(p.cut, b[:in+n-pageSize]...)
	return p.cut, nil
}

// page returns a whole page.
func (p *pages) page(addr uint64) ([]byte, error) {
	for i := range min(p.used, keptPages) {
		if p.addrs[i] == addr {
			return p.bytes[i], nil
		}
	}
	i := p.used % keptPages
	if p.bytes[i] == nil {
		p.bytes[i] = make([]byte, pageSize)
	}
	if err := p.mem.ReadAt(p.bytes[i], addr); err != nil {
		p.addrs[i] = 1 // no page: its bytes may be half of another
		p.used = max(p.used, i+1)
		return nil, err
	}
	p.addrs[i] = addr
	p.used++
	return p.bytes[i], nil
}
