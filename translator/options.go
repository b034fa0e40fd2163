package translator

import (
	"net/netip"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// Options steer a translation. The zero value of each field is a usable
// default, except Target.
type Options struct {
	Target keaversion.Version

	// Interfaces that the server shall listen on; empty: those that the file
	// names, else all ("*").
	Interfaces []string

	// Layout says where the target system keeps things; empty fields: the
	// target version's own default paths.
	Layout Layout

	// Resolve answers host names that stand for addresses. Nil, or an empty
	// answer, leaves the name out, with a finding.
	Resolve func(name string) []netip.Addr

	// SubnetIDs are those of an earlier run; see [SubnetIDs].
	SubnetIDs *SubnetIDs
	// Renumber forgets them.
	Renumber bool

	// Partner is the file of the other server of a failover pair; nil: not known.
	Partner *dhcpdconf.File
	// HAMode is the mode of Kea's high availability for a failover pair.
	HAMode HAMode
	// Mirrored makes the configuration of the partner from this file, with the
	// roles and addresses of the relationship exchanged, where the partner's own
	// is not known.
	Mirrored bool
	// PairBeside says that the configurations of both servers of the pair, with
	// high availability, are written beside this one, in which the server runs
	// alone.
	PairBeside bool

	// Now decides whether a date in the file has passed; zero: the date is only
	// reported.
	Now time.Time

	// Premium allows hooks that the target version's open packages lack.
	Premium bool

	// Hold is for how long Kea remembers whose an ended lease was; 0 stands for a
	// year, and for DHCPv6 an hour.
	Hold time.Duration
}

// Layout is where a system keeps Kea's files.
type Layout struct {
	DataDir    string // lease files: /var/lib/kea
	RunDir     string // control sockets: /run/kea
	LogDir     string // /var/log/kea
	HooksDir   string // hook libraries; only 2.2 needs the full path
	ScriptsDir string // scripts for run_script: /usr/share/kea/scripts
	ConfDir    string // /etc/kea
}

// SubnetIDs maps prefixes to subnet ids. The ids stay the same from run to
// run, because leases, reservations in databases and both HA partners depend on
// them.
type SubnetIDs struct {
	Version int               `json:"version"` // 1
	Subnet4 map[string]uint32 `json:"subnet4"`
	Subnet6 map[string]uint32 `json:"subnet6"`
}
