package option

// Space is an option space: a set of option codes of its own, within packets or
// within another option (dhcp-options(5), "DEFINING NEW OPTIONS").
type Space struct {
	Name        string
	CodeWidth   int  // bytes of an option's code: 1, 2 or 4
	LengthWidth int  // bytes of an option's length: 1 or 2
	HashSize    int  // size of dhcpd's hash table as written; 0: not written
	Standard    bool // one of dhcpd's own
}

// HasCode reports whether dhcpd takes the code as a number in "unknown-N": any
// but 0 and, in the space "dhcp", the END option's 255.
func (s *Space) HasCode(code uint32) bool {
	return code != 0 && (s.Name != "dhcp" || code != 255)
}
