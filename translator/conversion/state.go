package conversion

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"

	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/resolve"
)

// The names of the files of a conversion.
const (
	DHCP4File     = "kea-dhcp4.conf"
	DHCP6File     = "kea-dhcp6.conf"
	D2File        = "kea-dhcp-ddns.conf"
	SubnetIDsFile = "subnet-ids.json"
	ResolvedFile  = "resolved.json"
	ReportText    = "report.txt"
	ReportJSON    = "report.json"
	ReportSARIF   = "report.sarif"
	ReportHTML    = "report.html"
)

// ReadSubnetIDs reads subnet-ids.json. A missing file gives nil when missing
// is allowed.
func ReadSubnetIDs(name string, mayMiss bool) (*translator.SubnetIDs, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && mayMiss {
		return nil, nil
	}
	if err != nil {
		return nil, readError(name, err)
	}
	var ids translator.SubnetIDs
	if err := json.Unmarshal(text, &ids); err != nil {
		return nil, fmt.Errorf("%s is not the form of subnet-ids.json: %w", name, err)
	}
	if ids.Version != 1 {
		return nil, fmt.Errorf("%s: version %d is not known, want 1", name, ids.Version)
	}
	for _, m := range []map[string]uint32{ids.Subnet4, ids.Subnet6} {
		if err := checkIDs(m); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return &ids, nil
}

// maxSubnetID is Kea's largest subnet id; 0 and 2^32-1 mean none and all.
const maxSubnetID = 1<<32 - 2

func checkIDs(ids map[string]uint32) error {
	prefixes := map[uint32]string{}
	for prefix, id := range ids {
		if _, err := netip.ParsePrefix(prefix); err != nil {
			return fmt.Errorf("%q is no prefix", prefix)
		}
		if id == 0 || id > maxSubnetID {
			return fmt.Errorf("%s has the id %d: want 1 to %d", prefix, id, uint32(maxSubnetID))
		}
		if other, taken := prefixes[id]; taken {
			return fmt.Errorf("%s and %s have the same id %d", min(prefix, other), max(prefix, other), id)
		}
		prefixes[id] = prefix
	}
	return nil
}

// writeSubnetIDs writes subnet-ids.json.
func writeSubnetIDs(w io.Writer, ids translator.SubnetIDs) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(ids)
}

// ReadAnswers reads resolved.json. A missing file gives nil when missing is
// allowed.
func ReadAnswers(name string, mayMiss bool) (*resolve.Answers, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) && mayMiss {
		return nil, nil
	}
	if err != nil {
		return nil, readError(name, err)
	}
	defer f.Close()
	a, err := resolve.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s is %w", name, err)
	}
	return a, nil
}
