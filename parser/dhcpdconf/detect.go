package dhcpdconf

// detect finds out which protocol a file is for: by the statements that only
// one of them has. It stops at the first one.
func detect(text []byte) (protocol Protocol, found bool) {
	c := newCursor(&Source{Text: text})
	c.seen = 1<<32 - 1 // comments do not matter
	first := true      // of a statement
	for c.tok.kind != tokEOF {
		t := c.next()
		if t.kind == tokMark {
			first = t.mark == ';' || t.mark == '{' || t.mark == '}'
			continue
		}
		if first && t.isName() {
			switch word := foldWord(c.word(t)); word {
			case "subnet6", "range6", "prefix6", "pool6", "fixed-address6", "fixed-prefix6", "server-duid":
				return DHCP6, true
			case "subnet", "range", "fixed-address":
				return DHCP4, true
			}
		}
		first = false
	}
	return DHCP4, false
}

// detectTree looks into the files that a file includes, and at last at the
// options that it sets.
func detectTree(f *File) Protocol {
	options6 := false
	for s := range Preorder(f) {
		switch s := s.(type) {
		case *Include:
			if s.Source != nil {
				if protocol, found := detect(s.Source.Text); found {
					return protocol
				}
			}
		case *OptionSet:
			options6 = options6 || s.Option.Space == "dhcp6"
		case *HostIdentifier:
			options6 = options6 || s.Option.Space == "dhcp6"
		}
	}
	if options6 {
		return DHCP6
	}
	return Auto
}
