package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// Limit is what libdhcp_limits allows the clients of a class or subnet: it stands
// in the user context of that.
type Limit struct {
	// Addresses is how many addresses are leased at a time; -1: any number.
	Addresses int
	// Packets are answered in a time; 0: any number.
	Packets int
	Per     time.Duration
}

// limitsLibrary makes limits count.
const limitsLibrary = "libdhcp_limits.so"

// limitOf reads the limit of a user context; nil: there is none.
func limitOf(context keaconf.Object) (*Limit, error) {
	value, ok := context.Get("limits")
	if !ok {
		return nil, nil
	}
	object, ok := value.(keaconf.Object)
	if !ok {
		return nil, errors.New("'limits' is no map")
	}
	l := &Limit{Addresses: -1}
	for _, m := range object {
		switch m.Key {
		case "address-limit":
			n, ok := integer(m.Value)
			if !ok || n < 0 {
				return nil, errors.New("'address-limit' is no number")
			}
			l.Addresses = int(n)
		case "rate-limit":
			text, _ := m.Value.(string)
			var err error
			if l.Packets, l.Per, err = parseRate(text); err != nil {
				return nil, err
			}
		case "prefix-limit": // of DHCPv6
		default:
			return nil, fmt.Errorf("'limits' has no key %q", m.Key)
		}
	}
	return l, nil
}

// parseRate reads "2 packets per second".
func parseRate(text string) (n int, per time.Duration, err error) {
	words := strings.Fields(text)
	units := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour,
		"month": 30 * 24 * time.Hour, "year": 365 * 24 * time.Hour}
	if len(words) == 4 && (words[1] == "packet" || words[1] == "packets") && words[2] == "per" && units[words[3]] > 0 {
		if n, err = strconv.Atoi(words[0]); err == nil && n >= 0 {
			return n, units[words[3]], nil
		}
	}
	return 0, 0, fmt.Errorf("'rate-limit' is %q, and should be as \"2 packets per second\"", text)
}

// limits reads the limits of all classes and subnets.
func (b *builder) limits(source *keaconf.DHCP4) error {
	for i := range source.ClientClasses {
		l, err := limitOf(source.ClientClasses[i].UserContext)
		if err != nil {
			return fmt.Errorf("client class %q: %w", source.ClientClasses[i].Name, err)
		}
		b.config.Classes[i].Limit = l
	}
	byID := map[uint32]*Subnet{}
	for _, n := range b.config.Subnets {
		byID[n.ID] = n
	}
	for subnet := range source.AllSubnets() {
		l, err := limitOf(subnet.UserContext)
		if err != nil {
			return fmt.Errorf("subnet %s: %w", subnet.Subnet, err)
		}
		byID[subnet.ID].Limit = l
	}
	return nil
}
