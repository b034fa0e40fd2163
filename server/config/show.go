package config

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

// Show returns a configuration as the command config-get shows it: what is below
// "Dhcp4", with Kea's defaults and with what subnets inherit. given is the
// configuration as maps and lists, with the same keys as in the file.
func Show(given map[string]any) map[string]any {
	s := &shower{definitions: &definitions{version: dialect, own: map[string][]option.KeaDef{}}}
	s.define(given)
	out := defaults()
	for key, value := range given {
		switch key {
		case "control-socket", "comment", "reservation-mode":
		case "client-classes":
			out[key] = s.each(value, s.class)
		case "subnet4":
			out[key] = s.each(value, func(m map[string]any) map[string]any { return s.subnet(m, given) })
		case "shared-networks":
			out[key] = s.each(value, func(m map[string]any) map[string]any { return s.network(m, given) })
		case "reservations":
			out[key] = s.hosts(value)
		case "option-data":
			out[key] = s.options(value)
		case "option-def":
			defs := s.each(value, optionDef)
			slices.SortStableFunc(defs, func(a, b any) int {
				return strings.Compare(text(a.(map[string]any), "space"), text(b.(map[string]any), "space"))
			})
			out[key] = defs
		case "loggers":
			out[key] = s.each(value, logger)
		case "interfaces-config":
			out[key] = interfaces(value)
		case "dhcp-ddns", "expired-leases-processing", "sanity-checks", "multi-threading", "dhcp-queue-control", "lease-database":
			part, _ := value.(map[string]any)
			merged := maps.Clone(out[key].(map[string]any))
			maps.Copy(merged, part)
			out[key] = merged
		case "control-sockets":
			out[key] = s.each(value, controlSocket)
		default:
			out[key] = value
		}
	}
	if socket, ok := given["control-socket"].(map[string]any); ok {
		out["control-sockets"] = []any{controlSocket(socket)}
	}
	conflicts(out)
	context(out, given)
	if out["reservations"] != nil && len(out["reservations"].([]any)) == 0 {
		delete(out, "reservations")
	}
	return out
}

// defaults are the keys that every configuration has.
func defaults() map[string]any {
	none := func() []any { return []any{} }
	return map[string]any{
		"allocator": "iterative", "authoritative": false, "boot-file-name": "", "cache-threshold": 0.25, "calculate-tee-times": false,
		"ddns-conflict-resolution-mode": "check-with-dhcid", "ddns-generated-prefix": "myhost", "ddns-override-client-update": false,
		"ddns-override-no-update": false, "ddns-qualifying-suffix": "", "ddns-replace-client-name": "never", "ddns-send-updates": true,
		"ddns-update-on-renew": false, "decline-probation-period": 86400,
		"dhcp-ddns": map[string]any{"enable-updates": false, "max-queue-size": 1024, "ncr-format": "JSON", "ncr-protocol": "UDP",
			"sender-ip": "0.0.0.0", "sender-port": 0, "server-ip": "127.0.0.1", "server-port": 53001},
		"dhcp-queue-control": map[string]any{"capacity": 64, "enable-queue": false, "queue-type": "kea-ring4"}, "dhcp4o6-port": 0,
		"early-global-reservations-lookup": false, "echo-client-id": true,
		"expired-leases-processing": map[string]any{"flush-reclaimed-timer-wait-time": 25, "hold-reclaimed-time": 3600, "max-reclaim-leases": 100,
			"max-reclaim-time": 250, "reclaim-timer-wait-time": 10, "unwarned-reclaim-cycles": 5},
		"hooks-libraries": none(), "host-reservation-identifiers": []any{"hw-address", "duid", "circuit-id", "client-id"},
		"hostname-char-replacement": "", "hostname-char-set": standardCharSet, "interfaces-config": map[string]any{"interfaces": none(), "re-detect": false},
		"ip-reservations-unique": true, "lease-database": map[string]any{"type": "memfile"}, "match-client-id": true,
		"multi-threading": map[string]any{"enable-multi-threading": true, "packet-queue-size": 64, "thread-pool-size": 0}, "next-server": "0.0.0.0",
		"option-data": none(), "option-def": none(), "parked-packet-limit": 256, "reservations-global": false, "reservations-in-subnet": true,
		"reservations-lookup-first": false, "reservations-out-of-pool": false,
		"sanity-checks": map[string]any{"extended-info-checks": "fix", "lease-checks": "warn"}, "server-hostname": "", "server-tag": "",
		"shared-networks": none(), "stash-agent-options": false, "statistic-default-sample-age": 0, "statistic-default-sample-count": 20,
		"store-extended-info": false, "subnet4": none(), "t1-percent": 0.5, "t2-percent": 0.875, "valid-lifetime": 7200,
	}
}

type shower struct{ definitions *definitions }

// define reads the definitions of options, so that options have their names.
func (s *shower) define(given map[string]any) {
	list, _ := given["option-def"].([]any)
	for _, item := range list {
		m, _ := item.(map[string]any)
		def := keaconf.OptionDef{Name: text(m, "name"), Space: text(m, "space"), Type: text(m, "type"), RecordTypes: text(m, "record-types"), Encapsulate: text(m, "encapsulate")}
		if code, ok := integer(m["code"]); ok {
			def.Code = uint16(code)
		}
		if array, ok := m["array"].(bool); ok {
			def.Array = &array
		}
		s.definitions.define([]keaconf.OptionDef{def})
	}
}

func text(m map[string]any, key string) string {
	t, _ := m[key].(string)
	return t
}

func (s *shower) each(list any, show func(map[string]any) map[string]any) []any {
	items, _ := list.([]any)
	out := make([]any, 0, len(items))
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			out = append(out, show(m))
		}
	}
	return out
}

// context puts a comment into the user context, where Kea keeps it.
func context(out, given map[string]any) {
	delete(out, "comment")
	comment, ok := given["comment"].(string)
	if !ok {
		return
	}
	merged := map[string]any{"comment": comment}
	if c, ok := given["user-context"].(map[string]any); ok {
		maps.Copy(merged, c)
	}
	out["user-context"] = merged
}

// inherited are the keys of networks and subnets that are shown with the value
// that they have from the scope around.
var inherited = []string{"allocator", "cache-max-age", "cache-threshold", "calculate-tee-times", "max-valid-lifetime", "min-valid-lifetime", "offer-lifetime",
	"rebind-timer", "renew-timer", "store-extended-info", "t1-percent", "t2-percent", "valid-lifetime"}

// scopeOf returns a network or subnet with what it inherits from the scopes
// around it, the inner one first.
func (s *shower) scopeOf(m map[string]any, around ...map[string]any) map[string]any {
	out := maps.Clone(m)
	if out["interface"] == "" {
		delete(out, "interface")
	}
	around = append(around, defaults())
	for _, key := range inherited {
		for _, scope := range around {
			if _, has := out[key]; !has && scope[key] != nil {
				out[key] = scope[key]
			}
		}
	}
	for _, key := range []string{"min-valid-lifetime", "max-valid-lifetime"} {
		if out[key] == nil {
			out[key] = out["valid-lifetime"]
		}
	}
	out["option-data"] = s.options(m["option-data"])
	relays := []any{}
	if r, ok := m["relay"].(map[string]any); ok {
		if list, ok := r["ip-addresses"].([]any); ok {
			relays = list
		}
		if one, ok := r["ip-address"].(string); ok {
			relays = append(slices.Clip(relays), one)
		}
	}
	out["relay"] = map[string]any{"ip-addresses": relays}
	guards(out)
	conflicts(out)
	context(out, m)
	return out
}

// conflicts puts the key that Kea 3.0 has in the place of the one before it.
func conflicts(out map[string]any) {
	const key = "ddns-use-conflict-resolution"
	use, ok := out[key].(bool)
	if !ok {
		return
	}
	delete(out, key)
	out["ddns-conflict-resolution-mode"] = conflictMode(use)
}

// guards gives the keys for classes the names that Kea 3.0 shows.
func guards(out map[string]any) {
	if one, ok := out["client-class"].(string); ok {
		delete(out, "client-class")
		if one != "" {
			out["client-classes"] = []any{one}
		}
	}
	if list, ok := out["require-client-classes"]; ok {
		delete(out, "require-client-classes")
		out["evaluate-additional-classes"] = list
	}
	for _, key := range []string{"client-classes", "evaluate-additional-classes"} {
		if list, ok := out[key].([]any); ok && len(list) == 0 {
			delete(out, key)
		}
	}
}

func (s *shower) network(m, global map[string]any) map[string]any {
	out := s.scopeOf(m, global)
	out["subnet4"] = s.each(m["subnet4"], func(n map[string]any) map[string]any { return s.subnet(n, m, global) })
	return out
}

func (s *shower) subnet(m map[string]any, around ...map[string]any) map[string]any {
	out := s.scopeOf(m, around...)
	for _, key := range []string{"4o6-interface", "4o6-interface-id", "4o6-subnet"} {
		if out[key] == nil {
			out[key] = ""
		}
	}
	out["pools"] = s.each(m["pools"], s.pool)
	out["reservations"] = s.hosts(m["reservations"])
	return out
}

func (s *shower) class(m map[string]any) map[string]any {
	out := map[string]any{"boot-file-name": "", "next-server": "0.0.0.0", "server-hostname": ""}
	maps.Copy(out, m)
	out["option-data"] = s.options(m["option-data"])
	out["option-def"] = s.each(m["option-def"], optionDef)
	if out["valid-lifetime"] == nil {
		if v := out["min-valid-lifetime"]; v != nil {
			out["valid-lifetime"] = v
		} else if v := out["max-valid-lifetime"]; v != nil {
			out["valid-lifetime"] = v
		}
	}
	valid, _ := integer(out["valid-lifetime"])
	for _, key := range []string{"min-valid-lifetime", "max-valid-lifetime"} {
		if v, ok := integer(out[key]); ok && v == valid {
			delete(out, key)
		}
	}
	if only, ok := out["only-if-required"].(bool); ok {
		delete(out, "only-if-required")
		out["only-in-additional-list"] = only
	}
	if only, ok := out["only-in-additional-list"].(bool); ok && !only {
		delete(out, "only-in-additional-list")
	}
	context(out, m)
	return out
}

// hosts returns reservations in Kea's order, which is that of their identifiers.
func (s *shower) hosts(list any) []any {
	shown := s.each(list, s.host)
	type key struct {
		id   []byte
		kind Identifier
	}
	keyOf := func(h any) key {
		for name, kind := range identifierNames {
			if text, ok := h.(map[string]any)[name].(string); ok {
				id, err := ParseIdentifier(text)
				if err == nil {
					return key{id, kind}
				}
			}
		}
		return key{}
	}
	slices.SortStableFunc(shown, func(a, b any) int {
		x, y := keyOf(a), keyOf(b)
		return cmp.Or(bytes.Compare(x.id, y.id), cmp.Compare(x.kind, y.kind))
	})
	return shown
}

// host returns a reservation; identifiers are shown in Kea's form.
func (s *shower) host(m map[string]any) map[string]any {
	out := map[string]any{"boot-file-name": "", "client-classes": []any{}, "hostname": "", "next-server": "0.0.0.0", "server-hostname": ""}
	maps.Copy(out, m)
	out["option-data"] = s.options(m["option-data"])
	for key, kind := range identifierNames {
		given, ok := m[key].(string)
		if !ok {
			continue
		}
		id, err := ParseIdentifier(given)
		if err != nil {
			continue // the configuration would not have been taken
		}
		out[key] = ShowIdentifier(kind, id)
	}
	context(out, m)
	return out
}

// ShowIdentifier returns an identifier as Kea writes those of a kind.
func ShowIdentifier(kind Identifier, id []byte) string {
	if kind != HWAddress && kind != DUID {
		return strings.ToUpper(hex.EncodeToString(id))
	}
	var b strings.Builder
	for i, c := range id {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(hex.EncodeToString([]byte{c}))
	}
	return b.String()
}

// options returns options, by their spaces.
func (s *shower) options(list any) []any {
	shown := s.each(list, s.option)
	slices.SortStableFunc(shown, func(a, b any) int {
		x, y := a.(map[string]any)["space"].(string), b.(map[string]any)["space"].(string)
		return strings.Compare(x, y)
	})
	return shown
}

func (s *shower) option(m map[string]any) map[string]any {
	out := map[string]any{"always-send": false, "never-send": false, "space": space4}
	maps.Copy(out, m)
	space := text(out, "space")
	def, known := s.definitions.byName(space, text(m, "name"))
	if code, ok := integer(m["code"]); ok {
		def, known = s.definitions.byCode(space, uint32(code))
	}
	if known {
		out["code"], out["name"] = int64(def.Code), def.Name
	} else if out["code"] != nil {
		delete(out, "name") // Kea keeps it no more than the definition that is not there
	}
	csv, given := m["csv-format"].(bool)
	if !given {
		csv = known
	}
	data, has := m["data"].(string)
	switch never, _ := out["never-send"].(bool); {
	case !has && never:
		delete(out, "csv-format")
	case !has:
		out["data"], out["csv-format"] = "", false
	case !csv:
		if b, err := ParseIdentifier(data); err == nil {
			out["data"] = strings.ToUpper(hex.EncodeToString(b))
		}
		out["csv-format"] = false
	default:
		out["csv-format"] = true
	}
	context(out, m)
	return out
}

func optionDef(m map[string]any) map[string]any {
	out := map[string]any{"array": false, "encapsulate": "", "record-types": "", "space": space4}
	maps.Copy(out, m)
	if types := text(m, "record-types"); types != "" {
		out["record-types"] = strings.Join(splitList(types), ", ")
	}
	context(out, m)
	return out
}

func logger(m map[string]any) map[string]any {
	out := map[string]any{"debuglevel": 0, "severity": "INFO"}
	maps.Copy(out, m)
	if list, ok := out["output_options"]; ok {
		delete(out, "output_options")
		out["output-options"] = list
	}
	items, _ := out["output-options"].([]any)
	shown := make([]any, 0, len(items))
	for _, item := range items {
		given, _ := item.(map[string]any)
		o := map[string]any{"flush": true, "pattern": ""}
		if name := text(given, "output"); IsLogFile(name) {
			o["maxsize"], o["maxver"] = 10240000, 1
		}
		maps.Copy(o, given)
		shown = append(shown, o)
	}
	out["output-options"] = shown
	context(out, m)
	return out
}

// IsLogFile reports whether an output of a logger is a file.
func IsLogFile(output string) bool {
	return output != "stdout" && output != "stderr" && output != "syslog" && !strings.HasPrefix(output, "syslog:")
}

func interfaces(value any) map[string]any {
	given, _ := value.(map[string]any)
	out := map[string]any{"interfaces": []any{}, "re-detect": true}
	maps.Copy(out, given)
	if out["service-sockets-max-retries"] != nil && out["service-sockets-retry-wait-time"] == nil {
		out["service-sockets-retry-wait-time"] = 5000
	}
	context(out, given)
	return out
}

// Hidden stands for a secret in what is shown.
const Hidden = "*****"

// controlSocket returns a control socket; who reads it sees no passwords.
func controlSocket(m map[string]any) map[string]any {
	out := maps.Clone(m)
	if kind := text(m, "socket-type"); kind == "http" || kind == "https" {
		if out["socket-port"] == nil {
			out["socket-port"] = DefaultHTTPPort
		}
		if out["socket-address"] == nil {
			out["socket-address"] = DefaultHTTPAddress
		}
	}
	context(out, m)
	return out
}

// Where control sockets over HTTP listen unless the configuration says it.
const (
	DefaultHTTPAddress = "127.0.0.1"
	DefaultHTTPPort    = 8000
	DefaultRealm       = "kea-dhcpv4-server"
)

// secrets are keys whose values nobody is shown.
var secrets = map[string]bool{"password": true, "secret": true, "basic-auth-password": true}

// Hide returns a configuration without its secrets.
func Hide(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, member := range v {
			if _, isText := member.(string); isText && secrets[key] {
				member = Hidden
			}
			out[key] = Hide(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = Hide(item)
		}
		return out
	}
	return value
}

// Reveal puts the secrets of a configuration back into one that was shown without
// them, where both have the same place for it.
func Reveal(shown, secret any) any {
	switch v := shown.(type) {
	case map[string]any:
		old, _ := secret.(map[string]any)
		out := make(map[string]any, len(v))
		for key, member := range v {
			if member == Hidden && secrets[key] && old[key] != nil {
				out[key] = old[key]
				continue
			}
			out[key] = Reveal(member, old[key])
		}
		return out
	case []any:
		old, _ := secret.([]any)
		out := make([]any, len(v))
		for i, item := range v {
			var before any
			if i < len(old) {
				before = old[i]
			}
			out[i] = Reveal(item, before)
		}
		return out
	}
	return shown
}
