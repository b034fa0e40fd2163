package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/lease"
)

// Identifier is a kind of identifier that a reservation can have.
type Identifier uint8

// The kinds, by Kea's numbers.
const (
	HWAddress Identifier = iota
	DUID
	CircuitID
	ClientID
	FlexID
)

var identifierNames = map[string]Identifier{"hw-address": HWAddress, "duid": DUID, "circuit-id": CircuitID, "client-id": ClientID, "flex-id": FlexID}

// Host is a reservation.
type Host struct {
	SubnetID       uint32 // 0: global
	Kind           Identifier
	ID             string // the identifier's bytes
	Address        netip.Addr
	Hostname       string
	Classes        []int
	NextServer     *netip.Addr
	ServerHostname *string
	BootFileName   *string
	Options        Options
}

// Hosts finds reservations.
type Hosts struct {
	byID      map[hostKey]*Host
	byAddress map[addressKey][]*Host
	used      [FlexID + 1]bool
}

type hostKey struct {
	subnet uint32
	kind   Identifier
	id     string
}

type addressKey struct {
	subnet  uint32
	address netip.Addr
}

// Find returns the reservation of an identifier in a subnet (0: global), or nil.
func (h *Hosts) Find(subnet uint32, kind Identifier, id []byte) *Host {
	return h.byID[hostKey{subnet, kind, string(id)}]
}

// FindAll returns the reservations of an identifier in some subnets, and the global one.
func (h *Hosts) FindAll(subnets []*Subnet, kind Identifier, id []byte) (found []*Host) {
	if len(h.byID) == 0 {
		return nil
	}
	if host := h.Find(0, kind, id); host != nil {
		found = append(found, host)
	}
	for _, n := range subnets {
		if host := h.Find(n.ID, kind, id); host != nil {
			found = append(found, host)
		}
	}
	return found
}

// ByAddress returns the reservations of an address in a subnet (0: global).
func (h *Hosts) ByAddress(subnet uint32, a netip.Addr) []*Host {
	return h.byAddress[addressKey{subnet, a}]
}

// Used reports whether any reservation has an identifier of a kind.
func (h *Hosts) Used(kind Identifier) bool { return h.used[kind] }

// Len is how many reservations there are.
func (h *Hosts) Len() int { return len(h.byID) }

func (h *Hosts) add(b *builder, subnet uint32, list []keaconf.Reservation) error {
	for i := range list {
		r := &list[i]
		kind, id, err := identifierOf(r)
		if err != nil {
			return err
		}
		host := &Host{SubnetID: subnet, Kind: kind, ID: string(id), Hostname: r.Hostname}
		if r.IPAddress != "" {
			if host.Address, err = netip.ParseAddr(r.IPAddress); err != nil || !host.Address.Is4() {
				return fmt.Errorf("reserved address %q is no IPv4 address", r.IPAddress)
			}
		}
		for _, name := range r.ClientClasses {
			host.Classes = append(host.Classes, b.config.Names.ID(name))
		}
		if host.Options, err = b.definitions.encode(r.OptionData, b.config.Names.ID); err != nil {
			if own, ok := errors.AsType[*fault](err); ok {
				return own
			}
			return fmt.Errorf("reservation %x: %w", id, err)
		}
		if x := r.Extra; x != nil {
			fields, err := bootFields(&x.BootFields)
			if err != nil {
				return err
			}
			host.NextServer, host.ServerHostname, host.BootFileName = fields.NextServer, fields.ServerHostname, fields.BootFileName
		}
		key := hostKey{subnet, kind, host.ID}
		if _, ok := h.byID[key]; ok {
			if kind == HWAddress {
				return plain("failed to add new host using the HW address '%s' to the IPv4 subnet id '%d' as this host has already been added", lease.Colons(id), subnet)
			}
			return fmt.Errorf("two reservations of one subnet have the identifier %x", id)
		}
		h.byID[key] = host
		h.used[kind] = true
		if host.Address.IsValid() {
			k := addressKey{subnet, host.Address}
			if len(h.byAddress[k]) > 0 && b.config.IPReservationsUnique {
				hw, duid := "(null)", "(null)"
				switch kind {
				case HWAddress:
					hw = lease.Colons(id)
				case DUID:
					duid = lease.Colons(id)
				}
				return plain("failed to add new host using the HW address '%s and DUID '%s' to the IPv4 subnet id '%d' for the address %s: There's already a reservation for this address", hw, duid, subnet, host.Address)
			}
			h.byAddress[k] = append(h.byAddress[k], host)
		}
	}
	return nil
}

// identifierOf returns the one identifier that a reservation has.
func identifierOf(r *keaconf.Reservation) (Identifier, []byte, error) {
	given := map[Identifier]string{}
	for kind, text := range map[Identifier]string{HWAddress: r.HWAddress, DUID: r.DUID, ClientID: r.ClientID} {
		if text != "" {
			given[kind] = text
		}
	}
	if r.Extra != nil {
		for kind, text := range map[Identifier]string{CircuitID: r.Extra.CircuitID, FlexID: r.Extra.FlexID} {
			if text != "" {
				given[kind] = text
			}
		}
	}
	if len(given) != 1 {
		return 0, nil, fmt.Errorf("a reservation has %d identifiers and needs one", len(given))
	}
	for kind, text := range given {
		id, err := ParseIdentifier(text)
		return kind, id, err
	}
	return 0, nil, nil
}

// ParseIdentifier reads hexadecimal digits with colons, with "0x" or bare, or text
// in single quotes.
func ParseIdentifier(text string) ([]byte, error) {
	if len(text) >= 2 && text[0] == '\'' && text[len(text)-1] == '\'' {
		return []byte(text[1 : len(text)-1]), nil
	}
	digits := strings.TrimPrefix(text, "0x")
	if strings.ContainsAny(digits, ": ") {
		digits = joined(digits)
	} else if len(digits)%2 != 0 {
		digits = "0" + digits
	}
	id, err := hex.DecodeString(digits)
	if err != nil || len(id) == 0 {
		return nil, fmt.Errorf("identifier %q is not hexadecimal", text)
	}
	return id, nil
}
