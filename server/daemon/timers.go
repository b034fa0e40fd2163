package daemon

import (
	"context"
	"time"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// timers say when the server does what nobody asks it for.
type timers struct {
	reclaim, flush, clean time.Duration // between two times; 0: never
	reclaimed, flushed    time.Time     // the last time
	cleanedUp             time.Time
	unfinished            uint32 // reclaim cycles in a row that left something
}

func (t *timers) reset(conf *config.Config4, s storage) {
	seconds := func(n uint32) time.Duration { return time.Duration(n) * time.Second }
	t.reclaim, t.flush, t.clean = seconds(conf.Expired.ReclaimWait), seconds(conf.Expired.FlushWait), s.clean
}

// due reports whether it is time again, and remembers that it was.
func due(last *time.Time, every time.Duration, now time.Time) bool {
	if every <= 0 {
		return false
	}
	if last.IsZero() {
		*last = now
		return false
	}
	if now.Sub(*last) < every {
		return false
	}
	*last = now
	return true
}

// onTime does what is due.
func (d *DHCP4) onTime(ctx context.Context) {
	now := d.Clock()
	d.disabled.expire(now)
	d.lookForInterfaces(ctx)
	if due(&d.timers.reclaimed, d.timers.reclaim, now) {
		d.reclaim()
	}
	if due(&d.timers.flushed, d.timers.flush, now) {
		d.flush()
	}
	if due(&d.timers.cleanedUp, d.timers.clean, now) {
		d.cleanUp(ctx)
	}
}

// reclaim takes ended leases back, as many at once and as long as the
// configuration allows.
func (d *DHCP4) reclaim() {
	begin := d.Clock()
	limit := time.Duration(d.conf.Expired.MaxTime) * time.Millisecond
	n, more := d.server.ReclaimSome(begin.Unix(), func() bool { return limit > 0 && d.Clock().Sub(begin) > limit })
	if err := d.leases.Commit(); err != nil {
		d.Log.Log(logging.Error, "leases", "DHCP4_LEASE_WRITE_FAIL", "%v", err)
	}
	if n > 0 {
		const level = 40
		d.Log.DebugLog(level, "alloc-engine", "ALLOC_ENGINE_V4_LEASES_RECLAMATION_COMPLETE", "reclaimed %d leases in %.3f ms", n, float64(d.Clock().Sub(begin).Microseconds())/1000)
	}
	if !more {
		d.timers.unfinished = 0
		return
	}
	if d.timers.unfinished++; d.conf.Expired.Unwarned > 0 && d.timers.unfinished >= d.conf.Expired.Unwarned {
		d.Log.Log(logging.Warn, "alloc-engine", "ALLOC_ENGINE_V4_LEASES_RECLAMATION_SLOW", "expired leases still exist after %d reclamations", d.timers.unfinished)
		d.timers.unfinished = 0
	}
}

// flush forgets whose leases were that ended long ago.
func (d *DHCP4) flush() {
	n := d.server.Flush(d.Clock().Unix())
	if err := d.leases.Commit(); err != nil {
		d.Log.Log(logging.Error, "leases", "DHCP4_LEASE_WRITE_FAIL", "%v", err)
	}
	if n > 0 {
		const level = 40
		d.Log.DebugLog(level, "alloc-engine", "ALLOC_ENGINE_V4_RECLAIMED_LEASES_DELETE_COMPLETE", "successfully deleted %d expired-reclaimed leases", n)
	}
}

// cleanUp begins a clean-up of the lease file. It goes on beside everything else.
func (d *DHCP4) cleanUp(ctx context.Context) {
	if d.cleaning || !d.storage.persist {
		return
	}
	d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_MEMFILE_LFC_START", "starting Lease File Cleanup")
	if err := d.leases.Rotate(); err != nil {
		d.Log.Log(logging.Error, "dhcpsrv", "DHCPSRV_MEMFILE_LFC_LEASE_FILE_RENAME_FAIL", "failed to rename the current lease file %s: %v", d.storage.name, err)
		return
	}
	d.cleaning = true
	name := d.storage.name
	d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_MEMFILE_LFC_EXECUTE", "executing Lease File Cleanup in this process: -4 -x %[1]s.2 -i %[1]s.1 -o %[1]s.output -f %[1]s.completed", name)
	go func() {
		_, err := memfile.CleanUp4(ctx, name, "/proc")
		d.cleaned <- err
	}()
}

func (d *DHCP4) afterCleanUp(err error) {
	d.cleaning = false
	if err != nil {
		d.Log.Log(logging.Error, "dhcpsrv", "DHCPSRV_MEMFILE_LFC_FAIL", "%v", err)
		return
	}
	d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_MEMFILE_LFC_COMPLETE", "Lease File Cleanup of %s has ended", d.storage.name)
}
