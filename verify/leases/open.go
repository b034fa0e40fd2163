package leases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// Open opens a lease database in memory for a configuration of Kea that holds what was
// leased at a time by a lease file of dhcpd, those of both servers of a failover pair, or
// by one of Kea. No file: nothing is leased.
func Open(ctx context.Context, conf *keaconf.DHCP4, now time.Time, names ...string) (*memfile.Live4, error) {
	if len(names) == 0 {
		return memfile.OpenLive4(ctx, "", memfile.LiveOptions{})
	}
	file, err := os.Open(names[0])
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// The first line of Kea's has the names of the columns.
	head := []byte("address,")
	begin := make([]byte, len(head))
	n, err := io.ReadFull(file, begin)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(begin[:n], head) {
		had, err := imported(ctx, conf, keaversion.V3_0, now, names)
		if err != nil {
			return nil, err
		}
		return had.Open(ctx)
	}
	if len(names) > 1 {
		return nil, fmt.Errorf("%s is a lease file of Kea: only those of dhcpd are read in pairs", names[0])
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	db, err := memfile.OpenLive4(ctx, "", memfile.LiveOptions{})
	if err != nil {
		return nil, err
	}
	for row, err := range lease.Read4(file) {
		var bad *lease.RowError
		switch {
		case errors.As(err, &bad):
			continue // Kea passes over such a row, too
		case err != nil:
			return nil, fmt.Errorf("%s: %w", names[0], err)
		case row.Deleted:
			db.Delete(row.Lease.Address)
		default:
			db.Put(&row.Lease)
		}
	}
	return db, nil
}
