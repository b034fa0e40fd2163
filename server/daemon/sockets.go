package daemon

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/transport"
)

// opening is how far the sockets of the configured interfaces have come.
type opening struct {
	missing []string // why some are not open; empty: all are
	failed  string   // why one could not be opened the last time
	// interfaces are those of the machine, as they were when they were looked for.
	interfaces []transport.Detected
	fixed      bool // they are not looked for again
	// all: without all of them the server does not serve.
	all     bool
	retries uint32
	wait    time.Duration    // between them
	tried   uint32           // how often so far
	again   <-chan time.Time // it is time for another; nil: there is none
}

// begin takes a configuration into use.
func (o *opening) begin(conf *keaconf.InterfacesConfig) {
	const defaultWait = 5000
	if conf == nil {
		conf = &keaconf.InterfacesConfig{}
	}
	truth := func(b *bool, otherwise bool) bool {
		if b == nil {
			return otherwise
		}
		return *b
	}
	number := func(n *uint32, otherwise uint32) uint32 {
		if n == nil {
			return otherwise
		}
		return *n
	}
	*o = opening{interfaces: o.interfaces, fixed: !truth(conf.ReDetect, true), all: truth(conf.ServiceSocketsRequireAll, false),
		retries: number(conf.ServiceSocketsMaxRetries, 0), wait: time.Duration(number(conf.ServiceSocketsRetryWaitTime, defaultWait)) * time.Millisecond}
}

// status is that of the sockets as Kea has it.
func (o *opening) status() map[string]any {
	switch {
	case len(o.missing) == 0:
		return map[string]any{"status": "ready"}
	case o.again != nil:
		return map[string]any{"status": "retrying", "errors": texts(o.missing)}
	}
	return map[string]any{"status": "failed", "errors": texts(o.missing)}
}

func texts(list []string) (out []any) {
	for _, text := range list {
		out = append(out, text)
	}
	return out
}

// openSockets opens the sockets of a configuration. What is missing is waited for, if
// the configuration does not want all of them at once. The error is that of a socket
// without which there would be none.
func (d *DHCP4) openSockets(ctx context.Context) error {
	err := d.matchSockets(ctx)
	if err != nil && len(d.opening.missing) == 0 && len(d.sockets) == 0 {
		return err
	}
	d.afterOpening(err)
	return nil
}

// retrySockets is another try, which the configuration has asked for.
func (d *DHCP4) retrySockets(ctx context.Context) {
	d.opening.tried++
	d.afterOpening(d.matchSockets(ctx))
}

// afterOpening says what is missing, and what comes of that.
func (d *DHCP4) afterOpening(err error) {
	o := &d.opening
	o.again = nil
	if err != nil {
		o.missing = append(o.missing, err.Error())
	}
	if len(d.sockets) == 0 {
		d.Log.Log(logging.Warn, "dhcpsrv", "DHCPSRV_NO_SOCKETS_OPEN", "no interface configured to listen to DHCP traffic")
	}
	if len(o.missing) == 0 {
		return
	}
	for _, why := range o.missing {
		d.Log.Log(logging.Warn, "dhcpsrv", "DHCPSRV_OPEN_SOCKET_FAIL", "failed to open socket: %s", why)
	}
	if o.tried < o.retries {
		o.again = time.After(o.wait)
		return
	}
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_OPEN_SOCKETS_FAILED", "maximum number of open service sockets attempts: %d, has been exhausted without success", o.retries)
	if o.all {
		d.exit = 1
		d.stop()
	}
}

// lookForInterfaces opens what has come up since, for as long as the server runs, if the
// configuration does not forbid to look.
func (d *DHCP4) lookForInterfaces(ctx context.Context) {
	if d.opening.fixed || d.opening.again != nil {
		return
	}
	before := d.opening.failed
	err := d.matchSockets(ctx)
	d.opening.failed = ""
	if err != nil {
		d.opening.failed = err.Error()
		d.opening.missing = append(d.opening.missing, err.Error())
	}
	if d.opening.failed != before && err != nil { // and not every second
		d.Log.Log(logging.Warn, "dhcpsrv", "DHCPSRV_OPEN_SOCKET_FAIL", "failed to open socket: %v", err)
	}
}

// matchSockets opens those of the configured interfaces that are up and not open yet,
// and closes those that have gone or changed, or are not configured any more.
func (d *DHCP4) matchSockets(ctx context.Context) error {
	var entries []string
	if c := d.conf.Source.InterfacesConfig; c != nil {
		entries = c.Interfaces
	}
	choices, err := transport.ParseChoices(entries)
	if err != nil {
		return err
	}
	if !d.opening.fixed || d.opening.interfaces == nil {
		if d.opening.interfaces, err = transport.Detect(); err != nil {
			return err
		}
	}
	found, missing := transport.Find(choices, d.opening.interfaces)
	d.opening.missing = missing
	for name, s := range d.sockets {
		same := func(ifc transport.Interface) bool {
			on := s.On()
			return ifc.Name == name && ifc.Index == on.Index && ifc.Address == on.Address && slices.Equal(ifc.MAC, on.MAC)
		}
		u, udp := s.(*transport.UDP)
		if udp == d.conf.UDPSockets && (!udp || u.Routed == d.conf.Routed) && slices.ContainsFunc(found, same) {
			continue
		}
		d.Log.Log(logging.Info, "dhcp4", "DHCP4_CLOSE_SOCKET", "no longer listening on %s with the address %v", name, s.On().Address)
		delete(d.sockets, name)
		if err := s.Close(); err != nil {
			return err
		}
	}
	var failed error
	for _, ifc := range found {
		if d.sockets[ifc.Name] != nil {
			continue
		}
		s, err := d.openSocket(ifc)
		if err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		d.sockets[ifc.Name] = s
		d.receivers.Go(func() { (&receiver{DHCP4: d, socket: s}).run(ctx) })
	}
	return failed
}

// openSocket opens a socket of the kind that is configured.
func (d *DHCP4) openSocket(ifc transport.Interface) (transport.Socket, error) {
	if d.conf.UDPSockets {
		return transport.OpenUDP(ifc, d.Port, d.conf.Routed)
	}
	return transport.OpenRaw(ifc, d.Port)
}
