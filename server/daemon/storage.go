package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// defaultLeaseFile is where Kea keeps its leases when nothing is configured.
const defaultLeaseFile = "kea-leases4.csv"

// storage is where the leases are, and how.
type storage struct {
	name    string
	persist bool
	sync    bool
	clean   time.Duration // between two clean-ups; 0: never
	errors  uint32        // how many rows may be wrong; 0: any number
	fault   error         // why the file cannot be where it is said to be; nil: it can
}

// storageOf reads the lease database of a configuration. A user context at the top
// can want more of it than Kea has a key for: "keasrv": { "sync": true } has every
// lease on the disk before it is acknowledged.
func (d *DHCP4) storageOf(conf *keaconf.DHCP4) (storage, error) {
	const hour = 3600
	s := storage{name: defaultLeaseFile, persist: true, clean: hour * time.Second}
	if db := conf.LeaseDatabase; db != nil {
		s.name = cmp.Or(db.Name, s.name)
		s.persist = db.Persist == nil || *db.Persist
		if db.LFCInterval != nil {
			s.clean = time.Duration(*db.LFCInterval) * time.Second
		}
		if db.MaxRowErrors != nil {
			s.errors = *db.MaxRowErrors
		}
	}
	own, _ := conf.UserContext.Get("keasrv")
	if settings, ok := own.(keaconf.Object); ok {
		if value, ok := settings.Get("sync"); ok {
			if s.sync, ok = value.(bool); !ok {
				return s, errors.New("user-context: keasrv: sync is true or false")
			}
		}
	}
	if !s.persist {
		return storage{}, nil
	}
	full, err := d.paths().data(s.name)
	s.name, s.fault = full, err
	return s, nil
}

// openLeases opens the lease database, and tells of it.
func (d *DHCP4) openLeases(ctx context.Context, s storage, conf *config.Config4) (*memfile.Live4, error) {
	d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_MEMFILE_DB", "opening memory file lease database: %s", databaseText(conf.Source.LeaseDatabase))
	if !s.persist {
		d.Log.Log(logging.Warn, "dhcpsrv", "DHCPSRV_MEMFILE_NO_STORAGE", "running in non-persistent mode, leases will be lost after restart")
		return memfile.OpenLive4(ctx, "", memfile.LiveOptions{})
	}
	leases, err := d.openLeaseFile(ctx, s)
	if err != nil {
		d.Log.Log(logging.Error, "dhcpsrv", "DHCPSRV_MEMFILE_FAILED_TO_OPEN", "Could not open lease file: %v", err)
		return nil, fmt.Errorf("%s: %w", notOpen, err)
	}
	if leases.Outdated() {
		d.Log.Log(logging.Warn, "dhcpsrv", "DHCPSRV_MEMFILE_NEEDS_UPGRADING", "version of lease file: %s schema is earlier than version %s", s.name, leaseSchema)
	}
	if err := d.checkLeases(leases, conf); err != nil {
		return nil, errors.Join(err, leases.Close())
	}
	d.announceExtendedInfo(leases, conf)
	if s.clean > 0 {
		d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_MEMFILE_LFC_SETUP", "setting up the Lease File Cleanup interval to %d sec", int(s.clean.Seconds()))
	}
	return leases, nil
}

// notOpen is what Kea says before why it cannot open a lease database.
const notOpen = "Unable to open database"

// leaseSchema is the version that Kea gives the columns of a lease file of today.
const leaseSchema = "3.0"

func (d *DHCP4) openLeaseFile(ctx context.Context, s storage) (*memfile.Live4, error) {
	if s.fault != nil {
		return nil, s.fault
	}
	files, err := memfile.Files(s.name)
	if err != nil {
		files = []string{s.name} // it is made
	}
	if files[len(files)-1] != s.name {
		files = append(files, s.name)
	}
	for _, f := range files {
		d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_MEMFILE_LEASE_FILE_LOAD", "loading leases from file %s", f)
	}
	wrong := uint32(0)
	leases, err := memfile.OpenLive4(ctx, s.name, memfile.LiveOptions{Persist: true, Sync: s.sync, OpenOptions: memfile.OpenOptions{
		Version: keaversion.V3_0, Proc: "/proc",
		Problem: func(p memfile.Problem) {
			wrong++
			d.Log.Log(logging.Error, "dhcpsrv", "DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR", "discarding row %d, error: %v", p.Err.Line-1, p.Err.Err) // the header is none
		},
	}})
	if err != nil {
		return nil, err
	}
	if s.errors > 0 && wrong > s.errors {
		return nil, errors.Join(say("exceeded maximum number of failures %d to read a lease from the lease file %s", s.errors, s.name), leases.Close())
	}
	return leases, nil
}

// announceExtendedInfo tells of leases that remember what relay agents have said.
func (d *DHCP4) announceExtendedInfo(leases *memfile.Live4, conf *config.Config4) {
	how := "fix"
	if c := conf.Source.SanityChecks; c != nil {
		how = cmp.Or(c.ExtendedInfoChecks, how)
	}
	d.Log.DebugLog(traceBasic, "dhcpsrv", "DHCPSRV_MEMFILE_BEGIN_EXTRACT_EXTENDED_INFO4", "extract extended info with %s sanity check level", how)
	seen := 0
	for range leases.Unordered() {
		seen++
	}
	d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_MEMFILE_EXTRACT_EXTENDED_INFO4", "extracting extended info saw %d leases, extended info sanity checks modified %d / updated %d leases and %d leases have relay or remote id", seen, 0, 0, 0)
}

// checkLeases looks whether leases are in the subnets that they say, and does with
// those that are not what the configuration wants (Kea manual, "Sanity Checks").
func (d *DHCP4) checkLeases(leases *memfile.Live4, conf *config.Config4) error {
	how := "warn"
	if c := conf.Source.SanityChecks; c != nil {
		how = cmp.Or(c.LeaseChecks, how)
	}
	if how == "none" || len(conf.Subnets) == 0 {
		return nil
	}
	type change struct {
		lease lease.Lease4
		to    uint32 // 0: it goes; its own: it stays
		fault string
	}
	var changes []change
	for l := range leases.Unordered() {
		n, ok := conf.BySubnetID(l.SubnetID)
		if ok && n.Prefix.Contains(l.Address) {
			continue
		}
		right := conf.ByAddress(l.Address, func(*config.Subnet) bool { return true })
		kept := *l
		kept.HWAddr, kept.ClientID = append([]byte(nil), l.HWAddr...), append([]byte(nil), l.ClientID...)
		fault := "the lease IP address did not belong to a configured subnet"
		if right != nil {
			fault = fmt.Sprintf("the lease should have subnet-id %d", right.ID)
		}
		switch {
		case how == "warn", how == "fix" && right == nil:
			changes = append(changes, change{kept, l.SubnetID, fault})
		case (how == "fix" || how == "fix-del") && right != nil:
			changes = append(changes, change{kept, right.ID, fault})
		default:
			changes = append(changes, change{kept, 0, fault})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return a.lease.Address.Compare(b.lease.Address) })
	for _, c := range changes {
		switch c.to {
		case 0:
			d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_LEASE_SANITY_FAIL_DISCARD", "The lease %s with subnet-id %d failed subnet-id checks (%s) and was dropped.", c.lease.Address, c.lease.SubnetID, c.fault)
			leases.Delete(c.lease.Address)
			continue
		case c.lease.SubnetID:
			d.Log.Log(logging.Warn, "dhcpsrv", "DHCPSRV_LEASE_SANITY_FAIL", "The lease %s with subnet-id %d failed subnet-id checks (%s).", c.lease.Address, c.lease.SubnetID, c.fault)
			continue
		}
		d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_LEASE_SANITY_FIXED", "The lease %s with subnet-id %d failed subnet-id checks, but was corrected to subnet-id %d.", c.lease.Address, c.lease.SubnetID, c.to)
		c.lease.SubnetID = c.to
		leases.Put(&c.lease)
	}
	return leases.Commit()
}
