package translator

import (
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// manyVendorParts bounds how many reservations are made because hosts and
// subnets set parts of option 43.
const manyVendorParts = 10000

// vendorPieces finds which scopes set parts of option 43: vendor-option-space,
// or options in a space that such a statement names.
type vendorPieces struct {
	spaces  map[string]bool
	subnets []*model.Subnet // that set parts, the global scope left aside
	made    int             // reservations
}

func (r *reserver) findVendorPieces() *vendorPieces {
	v := &vendorPieces{spaces: map[string]bool{}}
	for st := range dhcpdconf.Preorder(r.file) {
		if sp, ok := st.(*dhcpdconf.SpaceParam); ok && !sp.Site {
			v.spaces[strings.ToLower(sp.Name.Text)] = true
		}
	}
	if len(v.spaces) == 0 {
		return v
	}
	for _, s := range r.conf.Subnets {
		if r.subnetOf[s] != nil && v.set(s.Chain().Until(model.Chain{r.conf.Global})) {
			v.subnets = append(v.subnets, s)
		}
	}
	return v
}

// set reports whether some scope of a chain sets a part of option 43.
func (v *vendorPieces) set(chain model.Chain) bool {
	for _, scope := range chain {
		for _, st := range scope.Own {
			switch st := st.(type) {
			case *dhcpdconf.SpaceParam:
				if !st.Site {
					return true
				}
			case *dhcpdconf.OptionSet:
				if st.Option != nil && v.spaces[strings.ToLower(st.Option.Space)] {
					return true
				}
			}
		}
	}
	return false
}

// vendorParts returns the subnets that set parts of option 43 if the host does
// so too, as places for reservations.
func (r *reserver) vendorParts(h *model.Host) []target {
	if r.v6() {
		return nil
	}
	if r.vendor == nil {
		r.vendor = r.findVendorPieces()
	}
	if len(r.vendor.subnets) == 0 || !r.vendor.set(h.Chain(nil, r.conf.Global)) {
		return nil
	}
	if r.vendor.made += len(r.vendor.subnets); r.vendor.made > manyVendorParts {
		r.ledger.add(h.Stmt, Finding{
			Code: "vendor-parts", Severity: S3, Verdict: Approximated,
			Fields: []string{"option 43"}, Clients: fmt.Sprintf("host %q in subnets that set options of its vendor space", h.Stmt.Name.Text),
			Message: fmt.Sprintf("dhcpd puts option 43 together from the host and the subnet. Kea needs a reservation of the host in each such subnet for that, and there would be more than %d of them.", manyVendorParts),
			Remedy:  "set the options of the vendor space in the host alone, or in the subnets alone",
		}, "")
		return nil
	}
	var targets []target
	for _, s := range r.vendor.subnets {
		targets = append(targets, target{subnet: s})
	}
	return targets
}

var hostVendorCodes = []CodeInfo{
	{"vendor-parts", S3, "Option 43 in parts, from hosts and subnets",
		"dhcpd puts the content of option 43 together from the options of a vendor space that all scopes set. A host without an address that sets some gets a reservation in each subnet that sets others, with both. Where that would take too many reservations, the host has its own part only."},
}
