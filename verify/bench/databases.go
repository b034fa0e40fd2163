package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"syscall"
	"text/tabwriter"
	"time"

	_ "github.com/go-sql-driver/mysql" // the driver "mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/keadb"
	"github.com/keamigrate/keamigrate/server/store/mysql"
	"github.com/keamigrate/keamigrate/server/store/postgres"
	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

// databases measures the import of leases into PostgreSQL and MariaDB, with the
// tables and triggers that kea-admin of Kea 3.0 makes, beside single INSERT
// statements in one transaction. Both take turns; the times are medians. The
// processor time is that of the server and of this process: it says more where
// other programs run.
func databases(ctx context.Context, w io.Writer, opts options) error {
	leases, rounds := opts.leases, opts.rounds
	if leases == 0 {
		return nil
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "database\tleases\tsingle inserts\timport\tratio\tprocessor, single\timport\tratio\t")
	for _, e := range []database.Engine{database.PostgreSQL, database.MySQL} {
		single, bulk, err := measureDatabase(ctx, e, leases, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", e, err)
		}
		fmt.Fprintf(tab, "%s\t%d\t%.2f s\t%.2f s\t%.1f\t%.2f s\t%.2f s\t%.1f\t\n", e, leases,
			single.wall.Seconds(), bulk.wall.Seconds(), single.wall.Seconds()/bulk.wall.Seconds(),
			single.processor.Seconds(), bulk.processor.Seconds(), single.processor.Seconds()/bulk.processor.Seconds())
	}
	return tab.Flush()
}

func measureDatabase(ctx context.Context, e database.Engine, leases, rounds int) (single, bulk cost, err error) {
	s, err := database.Start(ctx, e)
	if err != nil {
		return single, bulk, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	const name, v = "kea", keaversion.V3_0
	if err := s.Init(ctx, name, v); err != nil {
		return single, bulk, err
	}
	var open func() (store.Bulk[lease.Lease4], error)
	driver, address := "pgx", s.URL(name)
	insert := "INSERT INTO lease4 (address, hwaddr, client_id, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, user_context, pool_id) VALUES "
	if e == database.MySQL {
		a, err := mysql.ParseURL(address)
		if err != nil {
			return single, bulk, err
		}
		open = func() (store.Bulk[lease.Lease4], error) { return a.Create4(ctx, v, keadb.BulkOptions{}) }
		driver, address = "mysql", "root@unix("+s.Sockets+"/mysqld.sock)/"+name
		insert += "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	} else {
		a, err := postgres.ParseURL(address)
		if err != nil {
			return single, bulk, err
		}
		open = func() (store.Bulk[lease.Lease4], error) { return a.Create4(ctx, v, keadb.BulkOptions{}) }
		insert += "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		return single, bulk, err
	}
	defer db.Close()
	all := manyLeases(leases)
	var singles, bulks []cost
	for range rounds {
		for _, method := range []struct {
			costs *[]cost
			run   func() error
		}{
			{&singles, func() error { return insertSingly(ctx, db, insert, all) }},
			{&bulks, func() error { return importAll(ctx, open, all) }},
		} {
			if _, err := s.Run(ctx, name, "TRUNCATE lease4; TRUNCATE lease4_stat; TRUNCATE lease4_pool_stat;"); err != nil {
				return single, bulk, err
			}
			c, err := whole(s, method.run)
			if err != nil {
				return single, bulk, err
			}
			*method.costs = append(*method.costs, c)
		}
	}
	return median(singles), median(bulks), nil
}

// whole measures what this process and a server do.
func whole(s *database.Server, run func() error) (c cost, err error) {
	used := func() time.Duration {
		var own syscall.Rusage
		server, serverErr := s.Processor()
		err = errors.Join(err, serverErr, syscall.Getrusage(syscall.RUSAGE_SELF, &own))
		return server + time.Duration(own.Utime.Nano()+own.Stime.Nano())
	}
	begin, before := time.Now(), used()
	err = errors.Join(err, run())
	c.wall = time.Since(begin)
	c.processor = used() - before
	return c, err
}

// manyLeases makes leases in subnets of 4000, in the order of their addresses.
func manyLeases(n int) []lease.Lease4 {
	all := make([]lease.Lease4, n)
	for i := range all {
		a := [4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}
		all[i] = lease.Lease4{Address: netip.AddrFrom4(a), HWAddr: []byte{2, 0, 0, a[1], a[2], a[3]}, ClientID: []byte{1, 2, 0, 0, a[1], a[2], a[3]},
			Terms: lease.Terms{SubnetID: uint32(1 + i/4000), Valid: 86400, CLTT: 1790000000, Hostname: fmt.Sprintf("host-%d.example.org.", i)}}
	}
	return all
}

func insertSingly(ctx context.Context, db *sql.DB, insert string, all []lease.Lease4) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	statement, err := tx.PrepareContext(ctx, insert)
	if err != nil {
		return err
	}
	defer statement.Close()
	for i := range all {
		l := &all[i]
		a := l.Address.As4()
		number := int64(a[0])<<24 | int64(a[1])<<16 | int64(a[2])<<8 | int64(a[3])
		if _, err := statement.ExecContext(ctx, number, l.HWAddr, l.ClientID, int64(l.Valid), time.Unix(l.Expire(), 0).UTC(), int64(l.SubnetID),
			l.FQDNFwd, l.FQDNRev, l.Hostname, int64(l.State), nil, 0); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func importAll(ctx context.Context, open func() (store.Bulk[lease.Lease4], error), all []lease.Lease4) error {
	b, err := open()
	if err != nil {
		return err
	}
	for i := range all {
		if err := b.Add(ctx, &all[i]); err != nil {
			return errors.Join(err, b.Abort())
		}
	}
	_, err = b.Commit(ctx)
	return err
}
