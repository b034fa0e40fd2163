package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Service says what becomes of a key of a configuration.
type Service string

// What becomes of keys. Whatever is not listed as something else is applied.
const (
	Applied Service = "applied"
	Warned  Service = "not applied, with a warning"
	Refused Service = "refused"
)

// Key is a key that is not plainly applied.
type Key struct {
	Object, Key string // as the tables of Kea's grammar have them
	Service     Service
	Why         string
	// harmless tells of values that say nothing else than what is done anyway.
	harmless func(value any) bool
}

func isEmpty(value any) bool { return value == "" }

// isOneThread: one thread is what the configuration wants.
func isOneThread(value any) bool {
	m, ok := value.(map[string]any)
	return ok && m["enable-multi-threading"] == false
}

func isZero(value any) bool { n, ok := integer(value); return ok && n == 0 }

func is(want any) func(any) bool { return func(value any) bool { return value == want } }

// Keys are those that are not plainly applied.
func Keys() []Key {
	keys := []Key{
		{"Dhcp4", "hosts-database", Refused, "reservations are those of the configuration", nil},
		{"Dhcp4", "hosts-databases", Refused, "reservations are those of the configuration", nil},
		{"Dhcp4", "config-control", Refused, "there is no configuration in databases", nil},
		{"Dhcp4", "dhcp4o6-port", Refused, "DHCPv4-over-DHCPv6 is not served", isZero},
		{"subnet4", "4o6-interface", Refused, "DHCPv4-over-DHCPv6 is not served", isEmpty},
		{"subnet4", "4o6-interface-id", Refused, "DHCPv4-over-DHCPv6 is not served", isEmpty},
		{"subnet4", "4o6-subnet", Refused, "DHCPv4-over-DHCPv6 is not served", isEmpty},
		{"Dhcp4", "dhcp-queue-control", Warned, "the operating system queues what is received", nil},
		{"Dhcp4", "multi-threading", Warned, "what is received on an interface is answered by one thread", isOneThread},
		{"sanity-checks", "extended-info-checks", Warned, "what leases remember of relay agents is read in each form that Kea has had", nil},
		{"Dhcp4", "adaptive-lease-time-threshold", Warned, "Kea 3.0 does not have it", nil},
		{"shared-networks", "adaptive-lease-time-threshold", Warned, "Kea 3.0 does not have it", nil},
		{"subnet4", "adaptive-lease-time-threshold", Warned, "Kea 3.0 does not have it", nil},
		{"dhcp-ddns", "max-queue-size", Warned, "requests are sent at once", nil},
		{"dhcp-ddns", "ncr-protocol", Warned, "requests go over UDP", is("UDP")},
		{"dhcp-ddns", "ncr-format", Warned, "requests are JSON", is("JSON")},
		{"output-options", "flush", Warned, "every message is written at once", is(true)},
		{"Dhcp4", "reservations-lookup-first", Warned, "reservations are always looked up first, as with several threads of Kea", is(true)},
	}
	for _, key := range []string{"override-no-update", "override-client-update", "replace-client-name", "generated-prefix", "qualifying-suffix", "hostname-char-set", "hostname-char-replacement", "always-include-fqdn"} {
		keys = append(keys, Key{"dhcp-ddns", key, Warned, "since Kea 2.4 the key with ddns- before it says so", nil})
	}
	for _, key := range []string{"host", "port", "user", "password", "readonly", "connect-timeout", "max-reconnect-tries", "reconnect-wait-time", "on-fail", "retry-on-startup",
		"read-timeout", "write-timeout", "tcp-user-timeout", "trust-anchor", "cert-file", "key-file", "cipher-list", "ssl-mode"} {
		keys = append(keys, Key{"lease-database", key, Warned, "a lease file has no use for it", nil})
	}
	return keys
}

// objectNames are the keys whose values the tables of Kea's grammar call
// something else.
var objectNames = map[string]string{"hosts-databases": "hosts-database", "control-sockets": "control-socket", "config-databases": "config-database", "output_options": "output-options"}

// Unserved looks for keys that are not applied: the error says which one is
// refused, and warnings what has no effect.
func Unserved(given map[string]any) (warnings []string, err error) {
	keys := map[string]Key{}
	for _, k := range Keys() {
		keys[k.Object+" "+k.Key] = k
	}
	said := map[string]bool{}
	var look func(object string, value any) error
	look = func(object string, value any) error {
		switch v := value.(type) {
		case []any:
			for _, item := range v {
				if err := look(object, item); err != nil {
					return err
				}
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				k, found := keys[object+" "+key]
				switch {
				case !found || k.harmless != nil && k.harmless(v[key]):
				case k.Service == Refused:
					return fmt.Errorf("%s: keasrv does not serve it: %s", key, k.Why)
				case !said[object+key]:
					said[object+key] = true
					warnings = append(warnings, fmt.Sprintf("%s of %s has no effect: %s", key, object, k.Why))
				}
				if key == "user-context" || key == "parameters" {
					continue // anything may be in there
				}
				inner := key
				if name, ok := objectNames[key]; ok {
					inner = name
				}
				if err := look(inner, v[key]); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return warnings, look("Dhcp4", given)
}

// KeysPage is the part of the documentation that lists the keys, as Markdown.
func KeysPage() string {
	var b strings.Builder
	b.WriteString("| object | key | what becomes of it |\n|---|---|---|\n")
	keys := Keys()
	slices.SortStableFunc(keys, func(x, y Key) int {
		if c := strings.Compare(x.Object, y.Object); c != 0 {
			return c
		}
		return strings.Compare(x.Key, y.Key)
	})
	for _, k := range keys {
		fmt.Fprintf(&b, "| %s | `%s` | %s: %s |\n", k.Object, k.Key, k.Service, k.Why)
	}
	return b.String()
}
