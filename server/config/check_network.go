package config

import (
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

func (c *checker) sharedNetworks(n *keaconf.Node) error {
	return c.networksOf(n.Get("shared-networks"), n)
}

func (c *checker) networksOf(list, n *keaconf.Node) error {
	for i := range items(list) {
		one := &list.Items[i]
		if err := c.sharedNetwork(one, n); err != nil {
			if f, ok := err.(*fault); ok && f.late {
				return err
			}
			return &fault{text: err.Error() + " " + c.at(one)}
		}
		name := one.Get("name").String()
		if c.networks[name] {
			return c.bad(list, "duplicate network '%s' found in the configuration", name)
		}
		c.networks[name] = true
	}
	return nil
}

func (c *checker) sharedNetwork(n, globals *keaconf.Node) error {
	if n.Get("name") == nil {
		return c.bad(n, "missing parameter 'name'")
	}
	name := n.Get("name").String()
	if name == "" {
		var prefixes []string
		for i := range items(n.Get("subnet4")) {
			prefixes = append(prefixes, n.Get("subnet4").Items[i].Get("subnet").String())
		}
		return late("Shared-network with subnets %s is missing mandatory 'name' parameter", strings.Join(prefixes, " "))
	}
	if at := n.Get("interface"); at.String() != "" && c.env.Addresses != nil {
		if _, ok := c.env.Addresses(at.String()); !ok {
			return c.bad(at, "Specified network interface name %s for shared network %s is not present in the system", at.String(), name)
		}
	}
	if err := c.parameters(n, globals, nil); err != nil {
		return err
	}
	if err := c.optionData(n.Get("option-data")); err != nil {
		return err
	}
	if err := c.relay(n); err != nil {
		return err
	}
	if err := c.subnets(n.Get("subnet4"), globals, n); err != nil {
		return err
	}
	return c.alike(n, globals)
}

// alike looks at what the subnets of a network have to have in common.
func (c *checker) alike(n, globals *keaconf.Node) error {
	own := n.Get("interface").String()
	strict, hasStrict := n.Get("authoritative").Bool()
	for i := range items(n.Get("subnet4")) {
		s := &n.Get("subnet4").Items[i]
		prefix := s.Get("subnet").String()
		if at := s.Get("interface").String(); at != "" {
			if own != "" && own != at {
				return late("Subnet %s has specified interface %s, but earlier subnet in the same shared-network or the shared-network itself used %s", prefix, at, own)
			}
			own = at
		}
		here, has := s.Get("authoritative").Bool()
		if !hasStrict {
			strict, _ = globals.Get("authoritative").Bool()
		}
		if has && here != strict {
			return late("Subnet %s has different authoritative setting %t than the shared-network itself: %t", prefix, here, strict)
		}
	}
	return nil
}

func (c *checker) subnets(list, globals, network *keaconf.Node) error {
	for i := range items(list) {
		if err := c.subnet(&list.Items[i], globals, network); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) subnet(s, globals, network *keaconf.Node) error {
	fail := func(err error) error {
		return &fault{text: "subnet configuration failed: " + err.Error()}
	}
	at := s.Get("subnet")
	if at == nil {
		return fail(c.bad(s, "mandatory 'subnet' parameter is missing for a subnet being configured"))
	}
	prefix, err := c.prefix(at)
	if err != nil {
		return fail(err)
	}
	id, _, hasID := numberOf(s, "id")
	switch {
	case !hasID:
		return fail(c.bad(s, "missing parameter 'id'"))
	case id < 1 || id >= math.MaxUint32:
		return fail(plain("The 'id' value (%d) is not within expected range: (1 - 4294967294)", id))
	}
	if at := s.Get("interface"); at.String() != "" && c.env.Addresses != nil {
		if _, ok := c.env.Addresses(at.String()); !ok {
			return fail(c.bad(at, "Specified network interface name %s for subnet %s is not present in the system", at.String(), prefix))
		}
	}
	if bad, _ := oneOf(s, "allocator", "iterative", "random", "flq"); bad {
		return plain("supported allocators are: iterative, random and flq")
	}
	if err := c.relay(s); err != nil {
		return err
	}
	if err := c.pools(s, prefix); err != nil {
		return err
	}
	if err := c.optionData(s.Get("option-data")); err != nil {
		return err
	}
	if err := c.parameters(s, globals, network); err != nil {
		return fail(err)
	}
	if c.ids[id] {
		return c.bad(s, "ID of the new IPv4 subnet '%d' is already in use", id)
	}
	if c.prefixes[prefix] {
		return c.bad(s, "subnet with the prefix of '%s' already exists", prefix)
	}
	c.ids[id], c.prefixes[prefix] = true, true
	return c.reservations(s.Get("reservations"), prefix)
}

// prefix reads the prefix of a subnet. Kea takes blanks in it, and bits behind the
// prefix.
func (c *checker) prefix(at *keaconf.Node) (netip.Prefix, error) {
	text := withoutBlanks(at.String())
	address, length, has := strings.Cut(text, "/")
	if !has {
		return netip.Prefix{}, c.bad(at, "Invalid subnet syntax (prefix/len expected):%s", text)
	}
	bits, err := strconv.Atoi(length)
	a, errA := netip.ParseAddr(address)
	switch {
	case err != nil:
		return netip.Prefix{}, c.bad(at, "prefix length: '%s' is not an integer", length)
	case errA == nil && a.Is6():
		return netip.Prefix{}, plain("Non IPv4 prefix %s specified in subnet4", address)
	case bits < 0 || bits > 32:
		return netip.Prefix{}, c.bad(at, "Invalid prefix length specified for subnet: %d", uint32(bits))
	case errA != nil:
		return netip.Prefix{}, plain("Failed to convert string to address '%s': Invalid argument", address)
	}
	return netip.PrefixFrom(a, bits), nil
}

func withoutBlanks(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, " ", ""), "\t", "")
}

func (c *checker) pools(s *keaconf.Node, prefix netip.Prefix) error {
	type stretch struct{ first, last netip.Addr }
	var all []stretch
	list := s.Get("pools")
	for i := range items(list) {
		p := &list.Items[i]
		at := p.Get("pool")
		if at == nil {
			return c.bad(p, "Mandatory 'pool' entry missing in definition:")
		}
		text := at.String()
		bare := withoutBlanks(text)
		if !strings.ContainsAny(bare, "-/") {
			return c.bad(at, "invalid pool definition: %s. There are two acceptable formats <min address-max address> or <prefix/len>", text)
		}
		first, last, err := keaconf.ParsePool(bare)
		if err != nil {
			low, high, isRange := strings.Cut(bare, "-")
			_, errLow := netip.ParseAddr(low)
			_, errHigh := netip.ParseAddr(high)
			if isRange && (errLow != nil || errHigh != nil) {
				return c.bad(at, "Failed to parse pool definition: %s", text)
			}
			return c.bad(at, "Failed to create pool defined by: %s", text)
		}
		if a, _, cut := strings.Cut(bare, "/"); cut && a != first.String() || first.Is6() {
			return c.bad(at, "Failed to create pool defined by: %s", text)
		}
		if v, _, ok := numberOf(p, "pool-id"); ok {
			switch {
			case v <= 0:
				return plain("pool-id %d is not a positive integer greater than 0", v)
			case v > math.MaxUint32:
				return plain("pool-id %d is not a 32 bit unsigned integer", v)
			}
		}
		if err := c.guards(p); err != nil {
			return err
		}
		if err := c.optionData(p.Get("option-data")); err != nil {
			return err
		}
		if !prefix.Contains(first) || !prefix.Contains(last) {
			return &fault{text: "subnet configuration failed: " + c.bad(s, "a pool of type V4, with the following address range: %s-%s does not match the prefix of a subnet: %s to which it is being added", first, last, prefix).Error()}
		}
		for _, other := range all {
			if first.Compare(other.last) <= 0 && other.first.Compare(last) <= 0 {
				return &fault{text: "subnet configuration failed: " + c.bad(s, "a pool of type V4, with the following address range: %s-%s overlaps with an existing pool in the subnet: %s to which it is being added", first, last, prefix).Error()}
			}
		}
		if len(all) < maxCompared {
			all = append(all, stretch{first, last})
		}
	}
	return nil
}

// maxCompared bounds with how many pools before it a pool is compared here: others
// are found when the subnet is made.
const maxCompared = 64

func (c *checker) relay(n *keaconf.Node) error {
	relay := n.Get("relay")
	if relay == nil {
		return nil
	}
	list := relay.Get("ip-addresses")
	if list == nil {
		if relay.Get("ip-address") != nil {
			return nil // of versions before 3.0
		}
		return plain("ip-addresses is required")
	}
	said := map[string]bool{}
	for i := range list.Items {
		text := list.Items[i].String()
		a, err := netip.ParseAddr(text)
		switch {
		case err != nil:
			return c.bad(&list.Items[i], "address %s is not a valid: IPv4address", text)
		case a.Is6():
			return c.bad(&list.Items[i], "address %s is not a: IPv4address", text)
		case said[text]:
			return c.bad(list, "cannot add address: %[1]s to relay info: RelayInfo already contains address: %[1]s", text)
		}
		said[text] = true
	}
	return nil
}

// parameters looks at what subnets and networks can both say.
func (c *checker) parameters(n, globals, network *keaconf.Node) error {
	if err := c.guards(n); err != nil {
		return err
	}
	if bad, _ := oneOf(n, "allocator", "iterative", "random", "flq"); bad {
		return plain("supported allocators are: iterative, random and flq")
	}
	if err := c.reals(n); err != nil {
		return err
	}
	effective := func(key string) *keaconf.Node {
		for _, scope := range []*keaconf.Node{n, network, globals} {
			if at := scope.Get(key); at != nil {
				return at
			}
		}
		return nil
	}
	if err := c.lifetimes(effective); err != nil {
		return err
	}
	if on, _ := effective("calculate-tee-times").Bool(); on {
		t1, has1 := effective("t1-percent").Float()
		t2, has2 := effective("t2-percent").Float()
		if !has1 {
			t1 = 0.5
		}
		if !has2 {
			t2 = 0.875
		}
		for _, one := range []struct {
			name  string
			value float64
		}{{"t1-percent", t1}, {"t2-percent", t2}} {
			if one.value <= 0 || one.value >= 1 {
				return plain("%s:  %g is invalid it must be greater than 0.0 and less than 1.0", one.name, one.value)
			}
		}
		if t1 >= t2 {
			return plain("t1-percent:  %g is invalid, it must be less than t2-percent: %g", t1, t2)
		}
	}
	if v, ok := effective("cache-threshold").Float(); ok && (v < 0 || v >= 1) {
		return plain("cache-threshold: %g is invalid, it must be greater than or equal to 0.0 and less than 1.0", v)
	}
	if err := c.ttl(n); err != nil {
		return err
	}
	if err := c.replaceMode(n); err != nil {
		return err
	}
	if at := n.Get("next-server"); at.String() != "" {
		if a, err := netip.ParseAddr(at.String()); err != nil || a.Is6() {
			return plain("invalid parameter next-server : %s%s", at.String(), c.at(at))
		}
	}
	if at := effective("hostname-char-set"); at.String() != "" {
		if _, err := regexp.CompilePOSIX(at.String()); err != nil {
			return plain("hostname-char-set '%s' is not a valid regular expression", at.String())
		}
	}
	return c.bootLengths(n)
}

func (c *checker) lifetimes(effective func(string) *keaconf.Node) error {
	low, hasLow := effective("min-valid-lifetime").Int()
	high, hasHigh := effective("max-valid-lifetime").Int()
	v, has := effective("valid-lifetime").Int()
	if !has {
		v = standardLifetime
	}
	switch {
	case hasLow && hasHigh && low > high:
		return plain("the value of min-valid-lifetime (%d) is not less than max-valid-lifetime (%d)", low, high)
	case hasLow && hasHigh && (v < low || v > high):
		return plain("the value of (default) valid-lifetime (%d) is not between min-valid-lifetime (%d) and max-valid-lifetime (%d)", v, low, high)
	case hasLow && low > v:
		return plain("the value of min-valid-lifetime (%d) is not less than (default) valid-lifetime (%d)", low, v)
	case hasHigh && v > high:
		return plain("the value of (default) valid-lifetime (%d) is not less than max-valid-lifetime (%d)", v, high)
	}
	return nil
}

// standardLifetime is the valid lifetime where none is configured, in seconds.
const standardLifetime = 7200

// reals looks at numbers that Kea wants to have a point.
func (c *checker) reals(n *keaconf.Node) error {
	for _, key := range []string{"t1-percent", "t2-percent", "cache-threshold", "ddns-ttl-percent"} {
		if at := n.Get(key); at != nil && at.Kind == keaconf.Int {
			return plain("'%s' parameter is not a real", key)
		}
	}
	return nil
}

func (c *checker) ttl(n *keaconf.Node) error {
	has := func(key string) bool { return n.Get(key) != nil }
	if has("ddns-ttl") {
		for _, key := range []string{"ddns-ttl-percent", "ddns-ttl-min", "ddns-ttl-max"} {
			if has(key) {
				return plain("cannot specify both %s and ddns-ttl", key)
			}
		}
	}
	low, _, hasLow := numberOf(n, "ddns-ttl-min")
	high, _, hasHigh := numberOf(n, "ddns-ttl-max")
	if hasLow && hasHigh && high < low {
		return plain("ddns-ttl-max: %d must be greater than ddns-ttl-min: %d", high, low)
	}
	return nil
}

func (c *checker) replaceMode(n *keaconf.Node) error {
	if bad, text := oneOf(n, "ddns-replace-client-name", "never", "always", "when-present", "when-not-present"); bad {
		return c.bad(n.Get("ddns-replace-client-name"), "invalid ReplaceClientName mode (%s) specified for parameter 'ddns-replace-client-name'", text)
	}
	return nil
}
