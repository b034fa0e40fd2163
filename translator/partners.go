package translator

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// ComparePartners returns what differs between the results of the two files of
// a failover pair and must not: subnets, pools, options and whatever else
// clients can see. Comments do not count, nor what belongs to one machine, such
// as interfaces. The findings are about the whole, and for both reports.
func ComparePartners(primary, secondary *keaconf.DHCP4) []Finding {
	if primary == nil || secondary == nil {
		return nil
	}
	hub := len(relationships(primary)) > 1 || len(relationships(secondary)) > 1
	var findings []Finding
	first, second := partnerSubnets(primary), partnerSubnets(secondary)
	for _, prefix := range slices.Sorted(maps.Keys(first)) {
		other, ok := second[prefix]
		if !ok {
			if !hub { // else it is another partner's
				findings = append(findings, missingSubnet(prefix, PrimaryName))
			}
			continue
		}
		if keys := differentKeys(reflect.ValueOf(first[prefix]), reflect.ValueOf(other)); len(keys) > 0 {
			findings = append(findings, Finding{
				Code: "failover-differs", Severity: S3, Verdict: Approximated, Statement: -1,
				Fields: fieldsOfKeys(keys), Clients: "clients in " + prefix + ", when the other server answers",
				Message: fmt.Sprintf("the two files differ in what they say of subnet %s: %s.", prefix, strings.Join(keys, ", ")),
				Remedy:  "make both files say the same, and convert again",
			})
		}
	}
	for _, prefix := range slices.Sorted(maps.Keys(second)) {
		if _, ok := first[prefix]; !ok && !hub {
			findings = append(findings, missingSubnet(prefix, SecondaryName))
		}
	}
	if keys := differentKeys(reflect.ValueOf(sharedPart(primary)), reflect.ValueOf(sharedPart(secondary))); len(keys) > 0 {
		findings = append(findings, Finding{
			Code: "failover-differs", Severity: S3, Verdict: Approximated, Statement: -1,
			Fields: fieldsOfKeys(keys), Clients: "all clients, when the other server answers",
			Message: fmt.Sprintf("the two files differ outside of the subnets: %s.", strings.Join(keys, ", ")),
			Remedy:  "make both files say the same, and convert again",
		})
	}
	if a, b := peerURLs(primary), peerURLs(secondary); !hub && !slices.Equal(a, b) {
		findings = append(findings, Finding{
			Code: "failover-differs", Severity: S3, Verdict: Approximated, Statement: -1,
			Fields: []string{"answered"}, Clients: "all clients",
			Message: fmt.Sprintf("the two files do not agree on the addresses and ports of the servers: the primary says %s, the secondary %s.", strings.Join(a, " and "), strings.Join(b, " and ")),
			Remedy:  "let address and port of each file be peer address and peer port of the other, and convert again",
		})
	}
	return findings
}

func missingSubnet(prefix, name string) Finding {
	return Finding{
		Code: "failover-differs", Severity: S3, Verdict: Approximated, Statement: -1,
		Fields: []string{"answered", "address", "options"}, Clients: "clients in " + prefix,
		Message: fmt.Sprintf("only the %s has the subnet %s. The partner does not serve its clients, and refuses the leases that it is sent.", name, prefix),
		Remedy:  "write the subnet into both files, and convert again",
	}
}

// networkSubnet is a subnet with what its shared network adds.
type networkSubnet struct {
	keaconf.Subnet
	Network keaconf.SharedNetwork `kea:"shared-network"`
}

func partnerSubnets(c *keaconf.DHCP4) map[string]networkSubnet {
	subnets := map[string]networkSubnet{}
	// Only a hub says which relationship a subnet belongs to.
	plain := func(s keaconf.Subnet) keaconf.Subnet {
		s.UserContext = slices.DeleteFunc(slices.Clone(s.UserContext), func(m keaconf.Member) bool { return m.Key == "ha-server-name" })
		return s
	}
	for _, n := range c.SharedNetworks {
		around := n
		around.Subnet4 = nil
		for _, s := range n.Subnet4 {
			subnets[s.Subnet] = networkSubnet{plain(s), around}
		}
	}
	for _, s := range c.Subnet4 {
		subnets[s.Subnet] = networkSubnet{Subnet: plain(s)}
	}
	return subnets
}

// sharedPart is what of a configuration, besides subnets, both servers of a
// pair must have alike.
func sharedPart(c *keaconf.DHCP4) keaconf.DHCP4 {
	part := *c
	part.InterfacesConfig, part.SharedNetworks, part.Subnet4, part.Loggers = nil, nil, nil, nil
	part.ControlSocket, part.ControlSockets, part.LeaseDatabase, part.HooksLibraries = nil, nil, nil, nil
	part.DHCPDDNS = nil // each server has its own updater
	return part
}

// peerURLs returns the servers' URLs in the relationship, the primary's first.
func peerURLs(c *keaconf.DHCP4) []string {
	var urls []string
	for _, relation := range relationships(c) {
		value, _ := relation.Get("peers")
		peers, _ := value.([]any)
		for _, p := range peers {
			peer, _ := p.(keaconf.Object)
			if url, ok := peer.Get("url"); ok {
				urls = append(urls, fmt.Sprint(url))
			}
		}
	}
	return urls
}

// relationships returns those of the hook for high availability.
func relationships(c *keaconf.DHCP4) []keaconf.Object {
	var relations []keaconf.Object
	for _, hook := range c.HooksLibraries {
		value, _ := hook.Parameters.Get("high-availability")
		list, _ := value.([]any)
		for _, one := range list {
			relation, _ := one.(keaconf.Object)
			relations = append(relations, relation)
		}
	}
	return relations
}

// fieldsOfKeys says which fields of the answer Kea's keys decide.
func fieldsOfKeys(keys []string) []string {
	var fields []string
	for _, key := range keys {
		field := key
		switch {
		case strings.HasPrefix(key, "option-"):
			field = "options"
		case strings.HasSuffix(key, "-lifetime"):
			field = "lease-time"
		case key == "pools" || key == "reservations" || key == "shared-network":
			field = "address"
		}
		if !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// differentKeys returns the keys in which two objects of the same type differ.
// Embedded structs are part of the object.
func differentKeys(a, b reflect.Value) []string {
	var keys []string
	for i := range a.NumField() {
		field := a.Type().Field(i)
		key := field.Tag.Get("kea")
		switch {
		case field.Anonymous:
			keys = append(keys, differentKeys(a.Field(i), b.Field(i))...)
		case !isComment(key) && !alike(a.Field(i), b.Field(i)):
			keys = append(keys, key)
		}
	}
	return keys
}

func isComment(key string) bool { return key == "-" || key == "comment" }

// alike compares two values of the model, apart from comments. The model's
// types do not contain themselves, so the recursion ends.
func alike(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return alike(a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if !isComment(a.Type().Field(i).Tag.Get("kea")) && !alike(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !alike(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}
