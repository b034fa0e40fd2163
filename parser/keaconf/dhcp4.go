package keaconf

import "iter"

// ReadDHCP4 reads a configuration of kea-dhcp4, and gives its tree, too. readFile
// reads the files that it includes; nil: it may not include any. What is wrong in
// it is the error, a [Faults]; what is only worth a warning is left out.
func ReadDHCP4(name string, text []byte, readFile func(name string) ([]byte, error)) (*DHCP4, *Node, error) {
	root, faults := Parse(name, text, readFile)
	if faults.HasErrors() {
		return nil, nil, faults
	}
	conf, faults := Decode(root)
	if faults.HasErrors() {
		return nil, nil, faults
	}
	four, ok := conf.(*DHCP4)
	if !ok {
		return nil, nil, Faults{{Severity: Error, Span: root.Span(), Message: "the configuration is not for kea-dhcp4"}}
	}
	return four, root, nil
}

// AllSubnets yields the subnets that stand alone, and then those of the shared
// networks.
func (c *DHCP4) AllSubnets() iter.Seq[*Subnet] {
	return func(yield func(*Subnet) bool) {
		for i := range c.Subnet4 {
			if !yield(&c.Subnet4[i]) {
				return
			}
		}
		for i := range c.SharedNetworks {
			for j := range c.SharedNetworks[i].Subnet4 {
				if !yield(&c.SharedNetworks[i].Subnet4[j]) {
					return
				}
			}
		}
	}
}

// Plain returns a value of a configuration as maps and lists that package json
// knows. Configurations are not deep: their reader has a limit.
func Plain(value any) any {
	switch v := value.(type) {
	case Object:
		out := make(map[string]any, len(v))
		for _, m := range v {
			out[m.Key] = Plain(m.Value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = Plain(item)
		}
		return out
	}
	return value
}
