package keaversion

import (
	"fmt"
	"strings"
)

// Version is a stable release line of Kea. The zero value is no version; in
// tables of facts it means "not bounded" (since ever, or never removed).
type Version uint8

// The stable lines, oldest first, so that they compare with < and >.
const (
	V2_2 Version = iota + 1 // measured on 2.2.0
	V2_6                    // measured on 2.6.3
	V3_0                    // measured on 3.0.4
	V3_2                    // read from the source of 3.2.0; no binary was available
)

// Default is the target when the operator names none.
const Default = V3_0

// All returns the versions, oldest first.
func All() []Version { return []Version{V2_2, V2_6, V3_0, V3_2} }

func (v Version) String() string {
	switch v {
	case V2_2:
		return "2.2"
	case V2_6:
		return "2.6"
	case V3_0:
		return "3.0"
	case V3_2:
		return "3.2"
	}
	return ""
}

// Parse reads "2.2", "2.6", "3.0" or "3.2"; a patch level ("3.0.4") is allowed
// and ignored. Its error lists what is possible.
func Parse(s string) (Version, error) {
	for _, v := range All() {
		if s == v.String() || strings.HasPrefix(s, v.String()+".") {
			return v, nil
		}
	}
	return 0, fmt.Errorf("unknown Kea version %q: use 2.2, 2.6, 3.0 or 3.2", s)
}

// Range says in which versions something exists.
type Range struct {
	Since Version // first version that has it; 0: all from the start
	Until Version // first version that no longer has it; 0: still there
}

// Has reports whether v lies in the range.
func (r Range) Has(v Version) bool {
	return v >= r.Since && (r.Until == 0 || v < r.Until)
}
