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

// resetTimers begins anew, and tells of it.
func (d *DHCP4) resetTimers(conf *config.Config4) {
	d.timers.reset(conf, d.storage, d.Clock())
	for _, t := range []struct {
		name  string
		every time.Duration
	}{{cleanTimer, d.timers.clean}, {reclaimTimer, d.timers.reclaim}, {flushTimer, d.timers.flush}} {
		if t.every > 0 {
			d.Log.DebugLog(traceBasic, "dhcpsrv", "DHCPSRV_TIMERMGR_REGISTER_TIMER", "registering timer: %s, using interval: %d ms", t.name, t.every.Milliseconds())
			d.startTimer(t.name)
		}
	}
}

// The names that Kea has for what is done in time.
const (
	cleanTimer   = "memfile-lfc"
	reclaimTimer = "reclaim-expired-leases"
	flushTimer   = "flush-reclaimed-leases"
)

func (d *DHCP4) startTimer(name string) {
	d.Log.DebugLog(traceBasic, "dhcpsrv", "DHCPSRV_TIMERMGR_START_TIMER", "starting timer: %s", name)
}

func (t *timers) reset(conf *config.Config4, s storage, now time.Time) {
	seconds := func(n uint32) time.Duration { return time.Duration(n) * time.Second }
	t.reclaim, t.flush, t.clean = seconds(conf.Expired.ReclaimWait), seconds(conf.Expired.FlushWait), s.clean
	t.reclaimed, t.flushed, t.cleanedUp = now, now, now
}

// due reports whether it is time again, and remembers that it was.
func due(last *time.Time, every time.Duration, now time.Time) bool {
	if every <= 0 {
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
		d.onTimer(reclaimTimer, d.reclaim)
	}
	if due(&d.timers.flushed, d.timers.flush, now) {
		d.onTimer(flushTimer, d.flush)
	}
	if due(&d.timers.cleanedUp, d.timers.clean, now) {
		d.onTimer(cleanTimer, func() { d.cleanUp(ctx) })
	}
}

// onTimer does what is due, and tells of it.
func (d *DHCP4) onTimer(name string, work func()) {
	d.Log.DebugLog(traceDetail, "dhcpsrv", "DHCPSRV_TIMERMGR_RUN_TIMER_OPERATION", "running operation for timer: %s", name)
	work()
	d.startTimer(name)
}

// reclaim takes ended leases back, as many at once and as long as the
// configuration allows.
func (d *DHCP4) reclaim() {
	begin := d.Clock()
	most := d.conf.Expired.MaxLeases
	d.Log.DebugLog(traceBasic, "alloc-engine", "ALLOC_ENGINE_V4_LEASES_RECLAMATION_START", "starting reclamation of expired leases (limit = %d leases or %d milliseconds)", most, d.conf.Expired.MaxTime)
	if most > 0 {
		most++ // to see whether there are more
	}
	d.Log.DebugLog(traceDetail, "dhcpsrv", "DHCPSRV_MEMFILE_GET_EXPIRED4", "obtaining maximum %d of expired IPv4 leases", most)
	limit := time.Duration(d.conf.Expired.MaxTime) * time.Millisecond
	n, more := d.server.ReclaimSome(begin.Unix(), func() bool { return limit > 0 && d.Clock().Sub(begin) > limit })
	if err := d.leases.Commit(); err != nil {
		d.Log.Log(logging.Error, "leases", "DHCP4_LEASE_WRITE_FAIL", "%v", err)
	}
	d.Log.DebugLog(traceBasic, "alloc-engine", "ALLOC_ENGINE_V4_LEASES_RECLAMATION_COMPLETE", "reclaimed %d leases in %.3f ms", n, float64(d.Clock().Sub(begin).Microseconds())/1000)
	if !more {
		d.Log.DebugLog(traceBasic, "alloc-engine", "ALLOC_ENGINE_V4_NO_MORE_EXPIRED_LEASES", "all expired leases have been reclaimed")
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
	d.Log.DebugLog(traceBasic, "alloc-engine", "ALLOC_ENGINE_V4_RECLAIMED_LEASES_DELETE", "begin deletion of reclaimed leases expired more than %d seconds ago", d.conf.Expired.Hold)
	d.Log.DebugLog(traceDetail, "dhcpsrv", "DHCPSRV_MEMFILE_DELETE_EXPIRED_RECLAIMED4", "deleting reclaimed IPv4 leases that expired more than %d seconds ago", d.conf.Expired.Hold)
	n := d.server.Flush(d.Clock().Unix())
	if err := d.leases.Commit(); err != nil {
		d.Log.Log(logging.Error, "leases", "DHCP4_LEASE_WRITE_FAIL", "%v", err)
	}
	d.Log.DebugLog(traceBasic, "alloc-engine", "ALLOC_ENGINE_V4_RECLAIMED_LEASES_DELETE_COMPLETE", "successfully deleted %d expired-reclaimed leases", n)
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
	d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_MEMFILE_LFC_EXECUTE", "executing Lease File Cleanup using: (this process) -4 -x %[1]s.2 -i %[1]s.1 -o %[1]s.output -f %[1]s.completed -p %[1]s.pid -c ignored-path", name)
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
