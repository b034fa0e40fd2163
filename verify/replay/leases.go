package replay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// ReadLeases reads what is leased from lease files of dhcpd, those of both servers of
// a failover pair, or from one of Kea. config is the configuration of Kea that they
// are for. No file: nothing is leased.
func ReadLeases(ctx context.Context, config string, files []string, now time.Time) (db *memfile.Live4, err error) {
	if db, err = memfile.OpenLive4(ctx, "", memfile.LiveOptions{}); err != nil || len(files) == 0 {
		return db, err
	}
	name := files[0]
	if !isKea(name) {
		dir, err := os.MkdirTemp("", "keamigrate-leases-")
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		name = filepath.Join(dir, "kea-leases4.csv")
		job := leasesconv.Job{Files: files, Config: config, Now: now, Hold: -1}
		job.Target = keaversion.V3_0
		if job.To, err = leasesconv.ParsePlace(name); err != nil {
			return nil, err
		}
		if _, err := job.Run(ctx); err != nil {
			return nil, err
		}
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	for row, err := range lease.Read4(file) {
		var bad *lease.RowError
		switch {
		case errors.As(err, &bad):
			continue // Kea passes over such a row, too
		case err != nil:
			return nil, fmt.Errorf("%s: %w", files[0], err)
		case row.Deleted:
			db.Delete(row.Lease.Address)
		default:
			db.Put(&row.Lease)
		}
	}
	return db, nil
}

// isKea reports whether a file is one of Kea's.
func isKea(name string) bool {
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, 8)
	n, _ := file.Read(head)
	return bytes.Equal(head[:n], []byte("address,"))
}
