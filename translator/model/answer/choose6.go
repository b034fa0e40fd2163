package answer

// choose gives the client something when it has not got anything yet.
func (x *association) choose() outcome {
	p := x.fixed
	if x.static && x.kind == code6PD {
		p = x.host.prefixes[0]
		for _, fixed := range x.host.prefixes {
			if fixed.Bits() == x.length {
				p = fixed
				break
			}
		}
	}
	if !x.static {
		best := x.best()
		if best == nil || best.state == abandoned {
			best = x.pickFrom()
		}
		if best == nil {
			x.q.why.Reason = "there is nothing free that the client may have"
			return nothing
		}
		x.current = best
		p = best.prefix
	}
	vars, g := x.where(p)
	if x.give(vars, g) == broken {
		return broken
	}
	x.q.why.Reason = ""
	x.send(p)
	x.current = nil
	return done
}

// best finds what the client had.
func (x *association) best() *binding6 {
	if x.old == nil {
		return nil
	}
	var best *binding6
	for _, b := range x.old.bindings {
		if b.block.pool.network != x.q.network || !x.usable(b) || !x.allows(b.block.pool, x.q) {
			continue
		}
		best = x.better6(b, best)
	}
	if best != nil && x.kind == code6PD && x.length > 0 && x.prefer != modeIgnore && x.length != best.prefix.Bits() && x.q.kind != type6Rebind {
		return nil
	}
	return best
}

func (x *association) better6(b, best *binding6) *binding6 {
	if best == nil {
		return b
	}
	if x.kind == code6PD && x.length >= 0 && (b.prefix.Bits() == x.length) != (best.prefix.Bits() == x.length) {
		if b.prefix.Bits() == x.length {
			return b
		}
		return best
	}
	rank := map[binding]int{active: 2, free: 1}
	if b.state != best.state {
		if rank[b.state] > rank[best.state] {
			return b
		}
		return best
	}
	if b.ends < best.ends {
		return best
	}
	return b
}

// pickFrom chooses from the pools of the link.
func (x *association) pickFrom() *binding6 {
	if x.kind == code6NA {
		return x.pickAddress()
	}
	fits := func(length, mode int) bool {
		switch mode {
		case modeExact:
			return length == x.length
		case modeMinimum:
			return length >= x.length
		case modeMaximum:
			return length <= x.length
		}
		return true
	}
	modes := []int{modeIgnore}
	if x.length > 0 {
		switch x.prefer {
		case modePrefer:
			modes = []int{modeExact, modeIgnore}
		case modeExact:
			modes = []int{modeExact}
		case modeMinimum, modeMaximum:
			modes = []int{modeExact, int(x.prefer)}
		}
	}
	for _, mode := range modes {
		for _, p := range x.q.network.pools {
			if !x.allows(p, x.q) {
				continue
			}
			for _, b := range p.blocks {
				if b.kind != code6PD || !fits(b.units, mode) {
					continue
				}
				if found, _ := x.pick(b, x.key[1:]); found != nil {
					return found
				}
			}
		}
	}
	return nil
}

func (x *association) pickAddress() *binding6 {
	for _, p := range x.q.network.pools {
		n := len(p.blocks)
		if n == 0 || !x.allows(p, x.q) {
			continue
		}
		first := x.last[p]
		for i := range n {
			at := (first + i) % n
			b := p.blocks[at]
			if b.kind != code6NA {
				continue
			}
			found, attempts := x.pick(b, x.key[1:])
			if found == nil {
				continue
			}
			if attempts > 1 {
				at = (at + 1) % n
			}
			x.last[p] = at
			return found
		}
	}
	return nil
}
