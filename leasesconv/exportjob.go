package leasesconv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// ExportJob is the way back from Kea to dhcpd.
type ExportJob struct {
	From Place
	To   string // the lease file of dhcpd
	// Force replaces a file that is there.
	Force bool
	// ServerID is the file with the DUID of kea-dhcp6; empty means the one beside
	// the leases, if there is one.
	ServerID string
	// Problem is told about rows that cannot be read.
	Problem func(error)
}

// serverIDFile is what kea-dhcp6 calls the file with its DUID.
const serverIDFile = "kea-dhcp6-serverid"

// Run writes the lease file in one step. The error is fs.ErrExist when there is
// one already, or store.ErrInUse when a server has it open.
func (j *ExportJob) Run(ctx context.Context) (out *Exported, err error) {
	if info, err := os.Stat(j.To); err == nil {
		if !j.Force && info.Size() > 0 {
			return nil, fmt.Errorf("%s: %w: --force replaces it", j.To, fs.ErrExist)
		}
		if err := memfile.CheckUnused("/proc", j.To); err != nil {
			return nil, err
		}
	}
	v6, err := j.From.IsV6(ctx)
	if err != nil {
		return nil, err
	}
	var duid []byte
	if v6 {
		if duid, err = j.serverDUID(); err != nil {
			return nil, err
		}
	}
	err = replaceFile(j.To, 0o644, func(w io.Writer) error {
		if v6 {
			out, err = Export6(ctx, w, duid, j.From.All6(ctx, j.Problem))
		} else {
			out, err = Export4(ctx, w, j.From.All4(ctx, j.Problem))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out.NoDUID = v6 && duid == nil
	return out, nil
}

func (j *ExportJob) serverDUID() ([]byte, error) {
	name := j.ServerID
	if name == "" && j.From.IsDatabase() {
		return nil, nil
	}
	if name == "" {
		name = filepath.Join(filepath.Dir(j.From.File), serverIDFile)
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) && j.ServerID == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	duid, err := ReadServerDUID(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return duid, nil
}

// Summary says what has been written and what is left to do.
func (x *Exported) Summary(w io.Writer, name string) error {
	p := printer{w: w}
	p.printf("Written to %s: %d active leases, %d abandoned addresses, %d ended leases that tell whose they were.\n", name, x.Active, x.Abandoned, x.Free)
	if x.Left > 0 {
		p.printf("%d ended leases were left out: dhcpd does not keep those of DHCPv6.\n", x.Left)
	}
	if x.DNS > 0 {
		p.printf("%d leases have DNS records made by Kea. dhcpd will not be able to prove that they are its own (DHCID): set \"update-conflict-detection false;\" until they have been renewed.\n", x.DNS)
	}
	if x.NoDUID {
		p.printf("The server's DUID is not known, so dhcpd makes a new one and clients have to rebind: name Kea's with --server-id.\n")
	}
	return p.err
}
