package daemon

import (
	"errors"
	"net/netip"
	"os"
	"runtime"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/hook"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/transport"
)

// pinging is libdhcp_ping_check at work, with its socket. It outlives a change of
// the configuration, and so do the answers that wait for it. A nil one does nothing.
type pinging struct {
	hook   *hook.PingCheck
	socket *transport.ICMP
	ended  chan struct{} // is closed when nobody reads the socket any more
	log    *logging.Logger
}

// openPing returns what is there, or opens it; nil: the configuration wants none.
func (d *DHCP4) openPing(conf *config.Config4) (*pinging, error) {
	if conf.Hooks.Ping == nil {
		return nil, nil
	}
	if d.ping != nil {
		return d.ping, nil
	}
	socket, err := transport.OpenICMP()
	if err != nil {
		return nil, say("Error initializing hooks: PingCheckMgr::start failed:%v", err)
	}
	p := &pinging{socket: socket, ended: make(chan struct{}), log: d.Log}
	p.hook = &hook.PingCheck{Log: d.Log, Send: socket.Send, Done: d.resume, After: func(wait time.Duration, then func()) func() bool {
		return time.AfterFunc(wait, then).Stop
	}}
	go p.listen()
	return p, nil
}

// listen hands on what comes in, until the socket is closed.
func (p *pinging) listen() {
	defer close(p.ended)
	for {
		e, err := p.socket.Receive()
		switch {
		case errors.Is(err, os.ErrClosed):
			return
		case err != nil:
			p.log.Log(logging.Error, hook.PingLogger, "PING_CHECK_CHANNEL_SOCKET_READ_FAILED", "socket read completed with an error %v", err)
		default:
			p.hook.Heard(e)
		}
	}
}

// configure takes settings into use, and says so.
func (p *pinging) configure(conf *config.Config4) {
	if p == nil {
		return
	}
	p.hook.Configure(conf.Hooks.Ping)
	p.log.Log(logging.Info, hook.PingLogger, "PING_CHECK_LOAD_OK", "Ping Check hooks library loaded successfully.")
	p.log.DebugLog(traceBasic, hook.PingLogger, "PING_CHECK_CHANNEL_SOCKET_OPENED", "ICMP socket been opened successfully.")
	if severalThreads(conf.Source) {
		threads := conf.Hooks.Ping.Threads
		if mt := conf.Source.MultiThreading; threads == 0 && mt != nil && mt.ThreadPoolSize != nil {
			threads = *mt.ThreadPoolSize
		}
		if threads == 0 {
			threads = uint32(runtime.NumCPU())
		}
		p.log.Log(logging.Info, hook.PingLogger, "PING_CHECK_MGR_STARTED", "ping channel operations are running, number of threads %d", threads)
	} else {
		p.log.Log(logging.Info, hook.PingLogger, "PING_CHECK_MGR_STARTED_SINGLE_THREADED", "single-threaded ping channel operations are running")
	}
}

// offers is the hook, if there is one.
func (p *pinging) offers() server.OfferHook {
	if p == nil {
		return nil
	}
	return p.hook
}

// close forgets what waits, and ends.
func (p *pinging) close() {
	if p == nil {
		return
	}
	p.hook.Close()
	if err := p.socket.Close(); err != nil {
		p.log.Log(logging.Error, hook.PingLogger, "PING_CHECK_CHANNEL_SOCKET_CLOSE_ERROR", "an attempt to close the ICMP socket failed %v", err)
	}
	p.log.Log(logging.Info, hook.PingLogger, "PING_CHECK_MGR_STOPPED", "channel operations have stopped")
	p.log.Log(logging.Info, hook.PingLogger, "PING_CHECK_UNLOAD", "Ping Check hooks library has been unloaded")
}

// wayBack is how an answer that waited gets to its client.
type wayBack struct {
	socket string // the name of its interface
	query  transport.Received
}

// resume ends the waiting of an answer: it is sent, or its address declined.
func (d *DHCP4) resume(w *server.Waiting, inUse bool) {
	d.turn.Lock()
	defer d.turn.Unlock()
	if d.server == nil {
		return
	}
	a, ok := d.server.Resume(w, inUse)
	if err := d.leases.Commit(); err != nil {
		d.Log.Log(logging.Error, "leases", "DHCP4_LEASE_WRITE_FAIL", "a declined address could not be written: %v", err)
		return
	}
	via, known := w.Via.(*wayBack)
	if !ok || !known {
		return
	}
	socket := d.sockets[via.socket]
	if socket == nil {
		return // it is not served any more
	}
	if err := socket.Send(&via.query, d.toClient(a.To), a.ToAll, a.Raw); err != nil {
		d.Log.Log(logging.Error, "packets", "DHCP4_PACKET_SEND_FAIL", "%v", err)
	}
}

// toClient is where an answer goes, when clients listen to another port than that of
// DHCP.
func (d *DHCP4) toClient(to netip.AddrPort) netip.AddrPort {
	if d.ClientPort != 0 && to.Port() == transport.ClientPort {
		return netip.AddrPortFrom(to.Addr(), d.ClientPort)
	}
	return to
}
