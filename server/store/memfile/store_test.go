package memfile_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/server/store/storetest"
)

// A lease file of each version passes what a place for leases has to pass.
func TestStore(t *testing.T) {
	versions := []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0}
	if testing.Short() { // each change waits for the disk
		versions = versions[2:]
	}
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			t.Run("DHCPv4", func(t *testing.T) {
				storetest.Run4(t, func(t *testing.T) storetest.Place[lease.Lease4] {
					name := filepath.Join(t.TempDir(), "kea-leases4.csv")
					return storetest.Place[lease.Lease4]{
						Version: v, Alone: true,
						Open: func(ctx context.Context) (store.Store[lease.Lease4], error) {
							return memfile.Open4(ctx, name, memfile.OpenOptions{Version: v, Proc: "/proc"})
						},
						Create: func(_ context.Context, replace bool) (store.Bulk[lease.Lease4], error) {
							return memfile.Create4(name, memfile.CreateOptions{Version: v, Replace: replace, Proc: "/proc"})
						},
					}
				})
			})
			t.Run("DHCPv6", func(t *testing.T) {
				storetest.Run6(t, func(t *testing.T) storetest.Place[lease.Lease6] {
					name := filepath.Join(t.TempDir(), "kea-leases6.csv")
					return storetest.Place[lease.Lease6]{
						Version: v, Alone: true,
						Open: func(ctx context.Context) (store.Store[lease.Lease6], error) {
							return memfile.Open6(ctx, name, memfile.OpenOptions{Version: v, Proc: "/proc"})
						},
						Create: func(_ context.Context, replace bool) (store.Bulk[lease.Lease6], error) {
							return memfile.Create6(name, memfile.CreateOptions{Version: v, Replace: replace, Proc: "/proc"})
						},
					}
				})
			})
		})
	}
}
