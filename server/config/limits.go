package config

import (
	"errors"
	"fmt"
	"math"
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
		return nil, errors.New("get(string) called on a non-map Element")
	}
	l := &Limit{Addresses: -1}
	for _, m := range object {
		switch m.Key {
		case "address-limit":
			n, ok := integer(m.Value)
			switch {
			case !ok:
				return nil, errors.New("intValue() called on non-integer Element")
			case n < 0:
				return nil, fmt.Errorf("expected positive limit configured, got negative limit %d", n)
			case n > math.MaxUint32:
				return nil, fmt.Errorf("expected limit in range [0, 4294967295], got limit %d", n)
			}
			l.Addresses = int(n)
		case "rate-limit":
			text, ok := m.Value.(string)
			if !ok {
				return nil, errors.New("stringValue() called on non-string Element")
			}
			var err error
			if l.Packets, l.Per, err = parseRate(text); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

// parseRate reads "2 packets per second".
func parseRate(text string) (n int, per time.Duration, err error) {
	words := strings.Split(text, " ")
	units := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour,
		"month": 30 * 24 * time.Hour, "year": 365 * 24 * time.Hour}
	if len(words) != 4 || words[1] != "packet" && words[1] != "packets" || words[2] != "per" {
		return 0, 0, fmt.Errorf("expected rate limit of format <n> packet[s] per <time-unit>, got: %s", text)
	}
	n, err = strconv.Atoi(words[0])
	switch {
	case err != nil:
		return 0, 0, fmt.Errorf("the number of packets cannot be read: %w", err)
	case n < 0:
		return 0, 0, fmt.Errorf("expected positive limit configured, got negative limit %d", n)
	case units[words[3]] == 0:
		return 0, 0, fmt.Errorf("invalid time period %s", words[3])
	}
	return n, units[words[3]], nil
}

// limits reads the limits of all classes and subnets.
func (b *builder) limits(source *keaconf.DHCP4) error {
	for i := range source.ClientClasses {
		l, err := limitOf(source.ClientClasses[i].UserContext)
		if err != nil {
			return err
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
			return err
		}
		byID[subnet.ID].Limit = l
	}
	return nil
}
