package memfile

import (
	"context"
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
)

// protocol is where the lease files of the two protocols differ.
type protocol[L lease.Lease] struct {
	header func(keaversion.Version) string
	append func([]byte, *L, keaversion.Version) []byte
	load   func(context.Context, string, func(Problem)) (*lease.Table[L], error)
	// loadFiles reads some files, of which each may be missing.
	loadFiles func(context.Context, []string) (*lease.Table[L], error)
	address   func(*L) netip.Addr
	terms     func(*L) *lease.Terms
}

func protocol4() protocol[lease.Lease4] {
	return protocol[lease.Lease4]{
		header: lease.Header4,
		append: lease.Append4,
		load:   Load4,
		loadFiles: func(ctx context.Context, names []string) (*lease.Table[lease.Lease4], error) {
			return loadNamed(ctx, names, lease.NewTable4(), lease.Read4, func(l *lease.Lease4) netip.Addr { return l.Address })
		},
		address: func(l *lease.Lease4) netip.Addr { return l.Address },
		terms:   func(l *lease.Lease4) *lease.Terms { return &l.Terms },
	}
}

func protocol6() protocol[lease.Lease6] {
	return protocol[lease.Lease6]{
		header: lease.Header6,
		append: lease.Append6,
		load:   Load6,
		loadFiles: func(ctx context.Context, names []string) (*lease.Table[lease.Lease6], error) {
			return loadNamed(ctx, names, lease.NewTable6(), lease.Read6, func(l *lease.Lease6) netip.Addr { return l.Address })
		},
		address: func(l *lease.Lease6) netip.Addr { return l.Address },
		terms:   func(l *lease.Lease6) *lease.Terms { return &l.Terms },
	}
}
