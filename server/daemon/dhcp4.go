package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/server/transport"
)

// DHCP4 is a server of DHCPv4 that runs.
type DHCP4 struct {
	// Config is the name of the configuration.
	Config string
	// Port is where clients and relay agents send to; 67 unless for a test.
	Port  uint16
	Log   *logging.Logger
	Clock func() time.Time
	// Reload tells the server to read its configuration again.
	Reload <-chan os.Signal

	conf    *config.Config4
	leases  *memfile.Live4
	server  *server.Server4
	sockets map[string]*transport.Raw
	in      chan message
	batch   []message
	answers []outgoing
	bytes   []byte // of the answers

	requests chan request // commands
	stop     context.CancelFunc
	started  time.Time
	reloaded time.Time
	disabled bool // by a command
	missing  bool // an interface is not up
}

// message is one that was received.
type message struct {
	socket *transport.Raw
	query  transport.Received
}

// outgoing is an answer that waits for its lease to be written.
type outgoing struct {
	message
	to         netip.AddrPort
	direct     []byte
	start, end int // in bytes
}

const (
	batchSize = 64
	queueSize = 1024
	// retryWait is how long to wait before looking for interfaces again.
	retryWait = time.Second
)

// ReadConfig4 reads a configuration of kea-dhcp4 and makes it ready.
func ReadConfig4(name string) (*config.Config4, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	root, faults := keaconf.Parse(name, text, os.ReadFile)
	if faults.HasErrors() {
		return nil, faults
	}
	conf, faults := keaconf.Decode(root)
	if faults.HasErrors() {
		return nil, faults
	}
	four, ok := conf.(*keaconf.DHCP4)
	if !ok {
		return nil, fmt.Errorf("%s is not for kea-dhcp4", name)
	}
	built, err := config.Build(four)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if db := four.LeaseDatabase; db != nil && db.Type != "memfile" {
		return nil, fmt.Errorf("%s: lease-database: the type %q is not served; memfile is", name, db.Type)
	}
	return built, nil
}

// defaultLeaseFile is where Kea keeps its leases when nothing is configured.
const defaultLeaseFile = "/var/lib/kea/kea-leases4.csv"

// Run serves until the context ends. Errors are those of the configuration, the
// lease file, and of sockets that cannot be opened for another reason than that
// their interface is not up yet.
func (d *DHCP4) Run(ctx context.Context) (err error) {
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_STARTING", "Kea DHCPv4 server version keasrv starting")
	if d.conf, err = ReadConfig4(d.Config); err != nil {
		d.Log.Log(logging.Error, "dhcp4", "DHCP4_INIT_FAIL", "failed to initialize Kea server: %v", err)
		return err
	}
	if err := d.openLeases(ctx); err != nil {
		d.Log.Log(logging.Error, "dhcp4", "DHCP4_INIT_FAIL", "failed to initialize Kea server: %v", err)
		return err
	}
	defer func() { err = errors.Join(err, d.leases.Close()) }()
	if debugWanted(d.conf.Source.Loggers) {
		d.Log.SetLeast(logging.Debug)
	}
	d.serve(d.conf)
	d.sockets, d.in = map[string]*transport.Raw{}, make(chan message, queueSize)
	d.requests = make(chan request)
	d.started, d.reloaded = d.Clock(), d.Clock()
	ctx, d.stop = context.WithCancel(ctx)
	defer func() {
		d.stop()
		for _, s := range d.sockets {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := d.openSockets(ctx); err != nil {
		d.Log.Log(logging.Error, "dhcp4", "DHCP4_INIT_FAIL", "failed to initialize Kea server: %v", err)
		return err
	}
	closeControl, err := d.openControl(ctx)
	if err != nil {
		d.Log.Log(logging.Error, "dhcp4", "DHCP4_INIT_FAIL", "failed to initialize Kea server: %v", err)
		return err
	}
	defer closeControl()
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_STARTED", "Kea DHCPv4 server version keasrv started")
	err = d.loop(ctx)
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_SHUTDOWN", "server shutdown")
	return err
}

// serve takes a configuration into use.
func (d *DHCP4) serve(conf *config.Config4) {
	d.conf = conf
	d.server = server.New4(conf, server.Options{Leases: d.leases, Clock: d.Clock, Rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))})
	for _, name := range conf.Hooks.Commands {
		d.Log.Log(logging.Warn, "hooks", "HOOKS_LIBRARY_COMMANDS_MISSING", "keasrv does not have the commands of %s yet", name)
	}
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_CONFIG_COMPLETE", "DHCPv4 server has completed configuration: %d subnets, %d reservations", len(conf.Subnets), conf.Hosts.Len())
}

// debugWanted reports whether a logger of the configuration wants everything.
func debugWanted(loggers []keaconf.Logger) bool {
	for _, l := range loggers {
		if strings.EqualFold(l.Severity, "DEBUG") {
			return true
		}
	}
	return false
}

func (d *DHCP4) openLeases(ctx context.Context) (err error) {
	name, persist := defaultLeaseFile, true
	if db := d.conf.Source.LeaseDatabase; db != nil {
		name = cmp.Or(db.Name, name)
		persist = db.Persist == nil || *db.Persist
	}
	d.leases, err = memfile.OpenLive4(ctx, name, memfile.LiveOptions{Persist: persist, OpenOptions: memfile.OpenOptions{
		Version: keaversion.V3_0, Proc: "/proc",
		Problem: func(p memfile.Problem) {
			d.Log.Log(logging.Error, "dhcpsrv", "DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR", "%v", p)
		},
	}})
	if err == nil && persist {
		d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_MEMFILE_LEASE_FILE_LOAD", "loading leases from file %s: %d leases", name, d.leases.Len())
	}
	return err
}

// openSockets opens those of the configured interfaces that are up and not open
// yet.
func (d *DHCP4) openSockets(ctx context.Context) error {
	var entries []string
	if c := d.conf.Source.InterfacesConfig; c != nil {
		entries = c.Interfaces
	}
	choices, err := transport.ParseChoices(entries)
	if err != nil {
		return err
	}
	found, missing, err := transport.Find(choices)
	if err != nil {
		return err
	}
	d.missing = len(missing) > 0
	for _, ifc := range found {
		if d.sockets[ifc.Name] != nil {
			continue
		}
		s, err := transport.OpenRaw(ifc, d.Port)
		if err != nil {
			return err
		}
		d.sockets[ifc.Name] = s
		d.Log.Log(logging.Info, "dhcp4", "DHCP4_OPEN_SOCKET", "listening on %s with the address %v", ifc.Name, ifc.Address)
		go d.receive(ctx, s)
	}
	return nil
}

// receive lets the messages of a socket in, until the context or the socket ends.
func (d *DHCP4) receive(ctx context.Context, s *transport.Raw) {
	for ctx.Err() == nil {
		buffer := make([]byte, 2048)
		query, err := s.Receive(buffer, time.Second)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			continue
		case err != nil:
			if ctx.Err() == nil {
				d.Log.Log(logging.Error, "packets", "DHCP4_PACKET_RECEIVE_FAIL", "%v", err)
			}
			return
		}
		select {
		case d.in <- message{socket: s, query: query}:
		case <-ctx.Done():
		}
	}
}

// loop serves batch after batch.
func (d *DHCP4) loop(ctx context.Context) error {
	retry := time.NewTicker(retryWait)
	defer retry.Stop()
	wait := time.Duration(max(d.conf.Expired.ReclaimWait, 1)) * time.Second
	reclaim := time.NewTicker(wait)
	defer reclaim.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.Reload:
			d.reload(ctx) // what is wrong is in the log
		case r := <-d.requests:
			r.reply <- d.handle(ctx, r.command)
		case <-retry.C:
			if err := d.openSockets(ctx); err != nil {
				d.Log.Log(logging.Warn, "dhcp4", "DHCP4_OPEN_SOCKETS_FAILED", "%v", err)
			}
		case <-reclaim.C:
			d.reclaim()
		case m := <-d.in:
			d.batch = append(d.batch[:0], m)
			for len(d.batch) < batchSize {
				select {
				case m := <-d.in:
					d.batch = append(d.batch, m)
					continue
				default:
				}
				break
			}
			d.answer()
		}
	}
}

// answer answers a batch: the answers leave once their leases are written.
func (d *DHCP4) answer() {
	d.answers, d.bytes = d.answers[:0], d.bytes[:0]
	for _, m := range d.batch {
		if d.disabled {
			break
		}
		in := server.Packet{Raw: m.query.Payload, Interface: m.socket.Name, Local: m.socket.Address, Src: m.query.Src, Dst: m.query.Dst}
		a, ok := d.server.Handle(&in, nil)
		if !ok {
			if d.Log.Enabled(logging.Debug) {
				d.Log.Log(logging.Debug, "bad-packets", "DHCP4_PACKET_DROP_0003", "%s no answer", server.Label(m.query.Payload))
			}
			continue
		}
		out := outgoing{message: m, to: a.To, start: len(d.bytes)}
		if a.Direct {
			out.direct = append([]byte(nil), a.HWAddr...)
		}
		d.bytes = append(d.bytes, a.Raw...)
		out.end = len(d.bytes)
		d.answers = append(d.answers, out)
	}
	if err := d.leases.Commit(); err != nil {
		d.Log.Log(logging.Error, "leases", "DHCP4_LEASE_WRITE_FAIL", "no answer is sent, since its lease could not be written: %v", err)
		return
	}
	for i := range d.answers {
		o := &d.answers[i]
		if err := o.socket.Send(&o.query, o.to, o.direct, d.bytes[o.start:o.end]); err != nil {
			d.Log.Log(logging.Error, "packets", "DHCP4_PACKET_SEND_FAIL", "%v", err)
		}
	}
}

// reload takes a new configuration into use, or goes on with the old one when the
// new one is wrong.
func (d *DHCP4) reload(ctx context.Context) error {
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_DYNAMIC_RECONFIGURATION", "reading %s again", d.Config)
	conf, err := ReadConfig4(d.Config)
	if err != nil {
		d.Log.Log(logging.Error, "dhcp4", "DHCP4_DYNAMIC_RECONFIGURATION_FAIL", "going on with the old configuration: %v", err)
		return err
	}
	d.serve(conf)
	d.reloaded = d.Clock()
	if err := d.openSockets(ctx); err != nil {
		d.Log.Log(logging.Error, "dhcp4", "DHCP4_OPEN_SOCKETS_FAILED", "%v", err)
	}
	return nil
}

// openControl opens the control sockets of the configuration.
func (d *DHCP4) openControl(ctx context.Context) (closeAll func(), err error) {
	sockets := d.conf.Source.ControlSockets
	if s := d.conf.Source.ControlSocket; s != nil {
		sockets = append(slices.Clip(sockets), *s)
	}
	var open []net.Listener
	closeAll = func() {
		for _, l := range open {
			l.Close() // its file goes with it
		}
	}
	for _, s := range sockets {
		if s.SocketType != "unix" {
			closeAll()
			return nil, fmt.Errorf("control socket: the type %q is not served yet; unix is", s.SocketType)
		}
		l, err := control.ListenUnix(s.SocketName)
		if err != nil {
			closeAll()
			return nil, err
		}
		open = append(open, l)
		go control.Serve(ctx, l, d.ask)
	}
	return closeAll, nil
}

// ask hands a command to the goroutine that serves.
func (d *DHCP4) ask(ctx context.Context, c control.Command) control.Reply {
	r := request{c, make(chan control.Reply, 1)}
	select {
	case d.requests <- r:
		return <-r.reply
	case <-ctx.Done():
		return control.Reply{Result: control.Error, Text: "the server is going down"}
	}
}

// reclaim takes ended leases back.
func (d *DHCP4) reclaim() {
	n := d.server.Reclaim(d.Clock().Unix())
	if err := d.leases.Commit(); err != nil {
		d.Log.Log(logging.Error, "leases", "DHCP4_LEASE_WRITE_FAIL", "%v", err)
	}
	if n > 0 {
		d.Log.Log(logging.Debug, "alloc-engine", "ALLOC_ENGINE_V4_LEASES_RECLAMATION_COMPLETE", "reclaimed %d leases", n)
	}
}
