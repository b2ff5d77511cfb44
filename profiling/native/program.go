package native

// state is a row while a program makes it.
type state struct {
	cfaReg   uint8
	cfaOff   int64
	cfaExpr  []byte
	raSigned bool
	rules    [maxReg]rule
}

// machine runs the call frame instructions (DWARF 5, section 6.4.2).
type machine struct {
	cie     *cie
	c       cursor
	loc     uint64
	now     state
	initial state
	stack   []state
}

// row runs a function's program up to an address.
func (f *fde) row(pc uint64) (*row, error) {
	m := machine{cie: &f.cie, loc: f.start}
	m.c = cursor{b: f.cie.program}
	if !m.run(pc) {
		return nil, errBadCFI
	}
	m.initial, m.loc = m.now, f.start
	m.c = cursor{b: f.program}
	if !m.run(pc) {
		return nil, errBadCFI
	}
	r := &row{ra: f.cie.ra, signal: f.cie.signal, raSigned: m.now.raSigned, cfaReg: m.now.cfaReg, cfaOff: m.now.cfaOff, cfaExpr: m.now.cfaExpr}
	for n := range m.now.rules {
		if rule := m.now.rules[n]; rule.kind != unspecified {
			rule.target = uint8(n)
			r.rules = append(r.rules, rule)
		}
	}
	return r, nil
}

// run executes until the address is passed. Every instruction takes a byte, so
// it ends.
func (m *machine) run(pc uint64) bool {
	for m.c.more() {
		op := m.c.u8()
		ok, ahead := true, uint64(0)
		switch low := op & 0x3f; op >> 6 {
		case 1:
			ahead = uint64(low)
		case 2:
			m.set(uint64(low), rule{kind: atOffset, off: int64(m.c.uleb()) * m.cie.dataAlign})
		case 3:
			m.restore(uint64(low))
		default:
			ahead, ok = m.extended(op)
		}
		if !ok || m.c.bad {
			return false
		}
		if ahead > 0 {
			if m.loc += ahead * m.cie.codeAlign; m.loc > pc {
				return true
			}
		}
	}
	return !m.c.bad
}

// set gives a register its rule. Those that are not followed, of floating
// point and vectors, are left out.
func (m *machine) set(reg uint64, r rule) {
	if reg < maxReg {
		m.now.rules[reg] = r
	}
}

func (m *machine) restore(reg uint64) {
	if reg < maxReg {
		m.now.rules[reg] = m.initial.rules[reg]
	}
}

// extended executes the instructions that take a byte of their own; ahead is
// how far the location moves.
func (m *machine) extended(op uint8) (ahead uint64, ok bool) {
	c, align := &m.c, m.cie.dataAlign
	switch op {
	case 0x00: // nop
	case 0x01: // set_loc
		to := c.pointer(m.cie.pointers)
		if m.cie.codeAlign == 0 || to < m.loc {
			return 0, false
		}
		return (to - m.loc) / m.cie.codeAlign, true
	case 0x02, 0x03, 0x04: // advance_loc1, 2, 4
		return c.uint(1 << (op - 2)), true
	case 0x05: // offset_extended
		m.set(c.uleb(), rule{kind: atOffset, off: int64(c.uleb()) * align})
	case 0x06: // restore_extended
		m.restore(c.uleb())
	case 0x07: // undefined
		m.set(c.uleb(), rule{kind: undefined})
	case 0x08: // same_value
		m.set(c.uleb(), rule{kind: same})
	case 0x09: // register
		m.set(c.uleb(), rule{kind: inRegister, reg: uint8(min(c.uleb(), 255))})
	case 0x0a: // remember_state
		m.stack = append(m.stack, m.now)
		return 0, len(m.stack) <= maxStates
	case 0x0b: // restore_state
		if len(m.stack) == 0 {
			return 0, false
		}
		m.now, m.stack = m.stack[len(m.stack)-1], m.stack[:len(m.stack)-1]
	case 0x10: // expression
		m.set(c.uleb(), rule{kind: atExpression, expr: c.take(c.uleb())})
	case 0x11: // offset_extended_sf
		m.set(c.uleb(), rule{kind: atOffset, off: c.sleb() * align})
	case 0x14: // val_offset
		m.set(c.uleb(), rule{kind: isOffset, off: int64(c.uleb()) * align})
	case 0x15: // val_offset_sf
		m.set(c.uleb(), rule{kind: isOffset, off: c.sleb() * align})
	case 0x16: // val_expression
		m.set(c.uleb(), rule{kind: isExpression, expr: c.take(c.uleb())})
	case 0x2d: // arm64: negate_ra_state
		m.now.raSigned = !m.now.raSigned
	case 0x2e: // GNU_args_size: bytes that a callee would pop; nothing to us
		c.uleb()
	case 0x2f: // GNU_negative_offset_extended
		m.set(c.uleb(), rule{kind: atOffset, off: -int64(c.uleb()) * align})
	default:
		return 0, m.frame(op)
	}
	return 0, true
}

// frame executes those that define the frame's address.
func (m *machine) frame(op uint8) bool {
	c, now := &m.c, &m.now
	switch op {
	case 0x0c: // def_cfa
		now.cfaReg, now.cfaOff, now.cfaExpr = uint8(min(c.uleb(), 255)), int64(c.uleb()), nil
	case 0x0d: // def_cfa_register
		now.cfaReg, now.cfaExpr = uint8(min(c.uleb(), 255)), nil
	case 0x0e: // def_cfa_offset
		now.cfaOff = int64(c.uleb())
	case 0x0f: // def_cfa_expression
		now.cfaExpr = c.take(c.uleb())
	case 0x12: // def_cfa_sf
		now.cfaReg, now.cfaOff, now.cfaExpr = uint8(min(c.uleb(), 255)), c.sleb()*m.cie.dataAlign, nil
	case 0x13: // def_cfa_offset_sf
		now.cfaOff = c.sleb() * m.cie.dataAlign
	default:
		return false
	}
	return true
}
