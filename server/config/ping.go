package config

import (
	"errors"
	"fmt"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// PingCheck is what libdhcp_ping_check is told.
type PingCheck struct {
	PingSettings
	// Threads are as many as Kea's hook would have for it; 0: as many as Kea has.
	Threads uint32
	// BySubnet are the settings of subnets. They take the place of all the others:
	// what a subnet does not set has its default there, and not what is set for all.
	BySubnet map[uint32]PingSettings
}

// PingSettings say how an address is looked for before it is offered.
type PingSettings struct {
	Enabled  bool
	Requests uint32        // without an answer, before the address is free
	Timeout  time.Duration // for each of them
	// CLTT: a client that spoke of its former lease less than so many seconds ago
	// may have it again without a check.
	CLTT uint32
}

// At are the settings for a subnet.
func (p *PingCheck) At(subnet uint32) PingSettings {
	if own, ok := p.BySubnet[subnet]; ok {
		return own
	}
	return p.PingSettings
}

const keyPingThreads = "ping-channel-threads"

func (b *builder) pingCheck(object keaconf.Object, source *keaconf.DHCP4) (err error) {
	if object == nil {
		return errors.New("params must not be null")
	}
	p := &PingCheck{BySubnet: map[uint32]PingSettings{}}
	if p.PingSettings, p.Threads, err = pingSettings(object); err != nil {
		return err
	}
	for subnet := range source.AllSubnets() {
		value, ok := subnet.UserContext.Get("ping-check")
		if !ok {
			continue
		}
		own, ok := value.(keaconf.Object)
		if !ok {
			return fmt.Errorf("subnet %s: ping-check is no map", subnet.Subnet)
		}
		settings, _, err := pingSettings(own)
		if err != nil {
			return fmt.Errorf("subnet %s: %w", subnet.Subnet, err)
		}
		p.BySubnet[subnet.ID] = settings
	}
	b.config.Hooks.Ping = p
	return nil
}

// pingSettings reads settings; the faults are Kea's.
func pingSettings(object keaconf.Object) (s PingSettings, threads uint32, err error) {
	const defaultTimeout, defaultCLTT, most = 100, 60, 1<<32 - 1
	s = PingSettings{Enabled: true, Requests: 1, Timeout: defaultTimeout * time.Millisecond, CLTT: defaultCLTT}
	for _, m := range object {
		switch m.Key {
		case "enable-ping-check":
			truth, ok := m.Value.(bool)
			if !ok {
				return s, 0, fmt.Errorf("'%s' parameter is not a boolean", m.Key)
			}
			s.Enabled = truth
			continue
		case "min-ping-requests", "reply-timeout", "ping-cltt-secs", keyPingThreads:
		default:
			return s, 0, fmt.Errorf("spurious '%s' parameter", m.Key)
		}
		n, ok := integer(m.Value)
		if _, point := m.Value.(float64); !ok || point {
			return s, 0, fmt.Errorf("'%s' parameter is not an integer", m.Key)
		}
		positive := m.Key == "min-ping-requests" || m.Key == "reply-timeout"
		switch {
		case positive && n <= 0:
			return s, 0, fmt.Errorf("invalid %s: '%d', must be greater than 0", m.Key, n)
		case n < 0:
			return s, 0, fmt.Errorf("invalid %s: '%d', cannot be less than 0", m.Key, n)
		case n > most:
			return s, 0, fmt.Errorf("invalid %s: '%d', it is too large", m.Key, n)
		}
		switch m.Key {
		case "min-ping-requests":
			s.Requests = uint32(n)
		case "reply-timeout":
			s.Timeout = time.Duration(n) * time.Millisecond
		case "ping-cltt-secs":
			s.CLTT = uint32(n)
		case keyPingThreads:
			threads = uint32(n)
		}
	}
	return s, threads, nil
}
