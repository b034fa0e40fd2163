package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
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

	conf     *config.Config4
	leases   *memfile.Live4
	server   *server.Server4
	sockets  map[string]*transport.Raw
	started  time.Time
	reloaded time.Time
	disabled bool // by a command
	missing  bool // an interface is not up
	// turn is held by whoever uses what is above, once the server has started.
	turn sync.Mutex

	receivers sync.WaitGroup
	requests  chan request // commands
	stop      context.CancelFunc
}

// retryWait is how long to wait before looking for interfaces again.
const retryWait = time.Second

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
	d.sockets = map[string]*transport.Raw{}
	d.requests = make(chan request)
	d.started, d.reloaded = d.Clock(), d.Clock()
	ctx, d.stop = context.WithCancel(ctx)
	defer func() {
		d.stop()
		for _, s := range d.sockets {
			err = errors.Join(err, s.Close())
		}
		d.receivers.Wait()
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
// yet, and closes those that have gone or changed.
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
	for name, s := range d.sockets {
		same := func(ifc transport.Interface) bool {
			return ifc.Name == name && ifc.Index == s.Index && ifc.Address == s.Address && slices.Equal(ifc.MAC, s.MAC)
		}
		if slices.ContainsFunc(found, same) {
			continue
		}
		d.Log.Log(logging.Info, "dhcp4", "DHCP4_CLOSE_SOCKET", "no longer listening on %s with the address %v", name, s.Address)
		delete(d.sockets, name)
		if err := s.Close(); err != nil {
			return err
		}
	}
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
		d.receivers.Go(func() { (&receiver{DHCP4: d, socket: s}).run(ctx) })
	}
	return nil
}

// loop does what is not answering messages.
func (d *DHCP4) loop(ctx context.Context) error {
	retry := time.NewTicker(retryWait)
	defer retry.Stop()
	wait := time.Duration(max(d.conf.Expired.ReclaimWait, 1)) * time.Second
	reclaim := time.NewTicker(wait)
	defer reclaim.Stop()
	for {
		var work func()
		select {
		case <-ctx.Done():
			return nil
		case <-d.Reload:
			work = func() { d.reload(ctx) } // what is wrong is in the log
		case r := <-d.requests:
			work = func() { r.reply <- d.handle(ctx, r.command) }
		case <-retry.C:
			work = func() {
				if err := d.openSockets(ctx); err != nil {
					d.Log.Log(logging.Warn, "dhcp4", "DHCP4_OPEN_SOCKETS_FAILED", "%v", err)
				}
			}
		case <-reclaim.C:
			work = d.reclaim
		}
		d.turn.Lock()
		work()
		d.turn.Unlock()
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
