package keaexpr

import (
	"slices"
	"strings"
)

// BuiltIn reports whether a class exists without being defined in
// client-classes, so that any expression may ask for it (Kea manual, section
// "Built-in Client Classes"). DROP, SKIP_DDNS and SPAWN_* are not among them.
func BuiltIn(class string) bool {
	if slices.Contains([]string{"ALL", "KNOWN", "UNKNOWN", "BOOTP"}, class) {
		return true
	}
	for _, prefix := range []string{"VENDOR_CLASS_", "HA_", "AFTER_", "EXTERNAL_"} {
		if len(class) > len(prefix) && strings.HasPrefix(class, prefix) {
			return true
		}
	}
	return false
}
