package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/stats"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/server/transport"
)

// DHCP4 is a server of DHCPv4 that runs.
type DHCP4 struct {
	// Config is the name of the configuration.
	Config string
	// Port is where clients and relay agents send to; 67 unless for a test.
	// ClientPort is where answers to clients go; 68 unless for a test.
	Port, ClientPort uint16
	Log              *logging.Logger
	Stdout, Stderr   io.Writer // for loggers that write there
	Clock            func() time.Time
	Paths            Paths
	// PIDFile: the server writes its process id into a file, and does not start
	// when that of one that runs is there.
	PIDFile bool
	// Verbose: what the configuration does not say of the log is logged for debugging.
	Verbose bool
	// Unsafe: rules for folders are put aside, of which Kea warns.
	Unsafe bool
	// Reload tells the server to read its configuration again.
	Reload <-chan os.Signal

	conf     *config.Config4
	given    map[string]any // the configuration as it was given
	leases   *memfile.Live4
	storage  storage // where the leases are
	server   *server.Server4
	stats    *stats.Registry
	sockets  map[string]transport.Socket
	updates  updater
	ping     *pinging // nil: addresses are offered unchecked
	told     watchers
	channels channels
	cleaning bool
	exit     int // the exit status that a command wants
	// commanded: it is a command that ends the server.
	commanded bool
	specs     []logging.Spec // the loggers of the configuration
	started   time.Time
	reloaded  time.Time
	disabled  disabled
	opening   opening
	timers    timers
	// turn is held by whoever uses what is above, once the server has started.
	turn sync.Mutex

	hostIDs  hostIDs    // nil: not counted yet
	deleted  netip.Addr // by the last lease4-del, for the log
	lastHost int64

	receivers sync.WaitGroup
	commands  map[string]command
	requests  chan request // commands
	cleaned   chan error   // clean-ups of the lease file that have ended
	stop      context.CancelFunc
}

// serverLink is what a subnet is chosen by.
type serverLink = server.Link

// retryWait is how long to wait before looking for interfaces again.
const retryWait = time.Second

// ExitStatus is what a command wants the program to end with.
func (d *DHCP4) ExitStatus() int { return d.exit }

// paths are the folders of files.
func (d *DHCP4) paths() Paths { return d.Paths }

// Run serves until the context ends. Errors are those of the configuration, the
// lease file, and of sockets that cannot be opened for another reason than that
// their interface is not up yet; they are in the log.
func (d *DHCP4) Run(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			// As with Kea, where the loggers may be what is wrong.
			if d.Log.Configure(nil, d.Stdout, d.Stderr) == nil {
				d.Log.Log(logging.Error, "dhcp4", "DHCP4_INIT_FAIL", "failed to initialize Kea server: %v", err)
			}
		}
	}()
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_STARTING", "Kea DHCPv4 server version %s (%s) starting", version, VersionType)
	if d.Unsafe {
		d.Log.Log(logging.Warn, "dhcp4", "DHCP4_SECURITY_CHECKS_DISABLED", "Invoked with command line option -X, Security checks are disabled!!")
	}
	removePID, err := d.writePID()
	if err != nil {
		return err
	}
	defer removePID()
	// The loggers come first: what is wrong with the rest is for them.
	first, err := loadFile(d.Config, d.here(), d.receive)
	if err != nil {
		d.logFault(err)
		d.loadFailed(err)
		return fmt.Errorf("configuration error using file '%s': %w", d.Config, err)
	}
	d.sockets = map[string]transport.Socket{}
	d.requests, d.cleaned = make(chan request), make(chan error, 1)
	d.commands, d.disabled = commands(), disabled{}
	d.started = d.Clock()
	ctx, d.stop = context.WithCancel(ctx)
	defer func() {
		d.stop()
		d.channels.closeAll()
		for _, s := range d.sockets {
			err = errors.Join(err, s.Close())
		}
		d.receivers.Wait()
		d.turn.Lock()
		d.server = nil // what waits does so in vain
		d.turn.Unlock()
		d.ping.close()
		if d.leases != nil {
			err = errors.Join(err, d.leases.Close())
		}
		d.updates.close()
		d.told.end()
	}()
	d.turn.Lock()
	err = d.apply(ctx, first)
	d.turn.Unlock()
	if err != nil {
		err = d.logFault(err)
		d.loadFailed(err)
		return fmt.Errorf("configuration error using file '%s': %w", d.Config, err)
	}
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_STARTED", "Kea DHCPv4 server version %s started", version)
	err = d.loop(ctx)
	if !d.commanded {
		d.Log.Log(logging.Info, "commands", "COMMAND_RECEIVED", "Received command 'shutdown'") // as Kea takes a signal
	}
	d.Log.DebugLog(debugStart, "dhcp4", "DHCP4_SHUTDOWN_REQUEST", "shutdown of server requested")
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_SHUTDOWN", "server shutdown")
	d.Log.DebugLog(traceBasic, "dhcpsrv", "DHCPSRV_CLOSE_DB", "closing currently open memfile database")
	d.announceLibraries(d.conf, false)
	return err
}

// apply takes a configuration into use: what it needs is opened before anything of
// the old one is closed, so that an error changes nothing.
func (d *DHCP4) apply(ctx context.Context, c *candidate) (err error) {
	source := c.conf.Source
	if c.change == server.Everything {
		if err := d.checkChannels(source); err != nil {
			return err
		}
		d.announceBegin(c.conf)
	}
	wanted, err := d.storageOf(source)
	if err != nil {
		return err
	}
	if c.fault != nil {
		return c.fault
	}
	told, err := d.watchersOf(c.conf)
	if err != nil {
		return err
	}
	ping, err := d.openPing(c.conf)
	if err != nil {
		told.end()
		return err
	}
	defer func() {
		if err != nil {
			told.end()
			if ping != d.ping {
				ping.close()
			}
		}
	}()
	now, opened, err := d.openChannels(ctx, source)
	if err != nil {
		d.Log.Log(logging.Error, "dhcp4", "DHCP4_PARSER_COMMIT_FAIL", "parser failed to commit changes: %v", err)
		d.announceBackends()
		return err
	}
	if c.change == server.Everything {
		d.announce(c.conf)
	}
	leases := d.leases
	if leases == nil || wanted != d.storage {
		if leases, err = d.openLeases(ctx, wanted, c.conf); err != nil {
			opened.closeAll()
			return err
		}
	}
	// From here on nothing fails that would leave the server without service.
	d.channels = now.take(d.channels)
	if d.leases != nil && leases != d.leases {
		if err := d.leases.Close(); err != nil {
			d.Log.Log(logging.Error, "dhcpsrv", "DHCPSRV_MEMFILE_CLOSE_FAIL", "%v", err)
		}
	}
	d.told.end()
	d.told, told = told, watchers{}
	if ping != d.ping {
		d.ping.close()
	}
	d.ping = ping
	d.ping.configure(c.conf)
	d.leases, d.storage = leases, wanted
	d.conf, d.given = c.conf, c.given
	if c.change == server.Everything {
		d.hostIDs = nil
	}
	d.numberHosts(tree(d.given))
	if d.stats == nil {
		count, age := uint32(stats.DefaultCount), uint32(0)
		if n := source.StatisticDefaultSampleCount; n != nil && *n > 0 {
			count = *n
		}
		if n := source.StatisticDefaultSampleAge; n != nil {
			age = *n
		}
		d.stats = stats.NewRegistry(int(count), time.Duration(age)*time.Second)
	}
	d.updates.configure(d.Log, source.DHCPDDNS)
	if c.change == server.Everything && c.conf.UpdatesEnabled {
		d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_DHCP_DDNS_SENDER_STARTED", "NameChangeRequest sender has been started: %s", senderText(source.DHCPDDNS))
	}
	d.server = server.New4(c.conf, server.Options{Leases: d.leases, Clock: d.Clock, Stats: d.stats, Before: d.server, Change: c.change, Log: d.Log,
		Rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), Update: d.updates.send, Watch: d.told.event, Offers: d.ping.offers()})
	d.reloaded = d.Clock()
	if c.change == server.Everything {
		d.resetTimers(c.conf)
		if d.leases.Outdated() {
			d.Log.Log(logging.Warn, "dhcpsrv", "DHCPSRV_MEMFILE_CONVERTING_LEASE_FILES", "running LFC now to convert lease files to the current schema: %s", leaseSchema)
			d.cleanUp(ctx)
		}
	}
	if c.change == server.Everything {
		for _, w := range c.warnings {
			d.Log.Log(logging.Warn, "dhcp4", "DHCP4_CONFIG_SYNTAX_WARNING", "configuration syntax warning: %s", w)
		}
		d.announceEnd(c.conf)
	}
	d.opening.begin(source.InterfacesConfig)
	return d.openSockets(ctx)
}

// receive is told of a configuration in a file, which Kea takes as a command.
func (d *DHCP4) receive(source *keaconf.DHCP4, given map[string]any) error {
	d.Log.Log(logging.Info, "commands", "COMMAND_RECEIVED", "Received command 'config-set'")
	return d.receiveCommand(source, given)
}

// receiveCommand is told of a configuration that is to be taken into use: its loggers
// hold at once.
func (d *DHCP4) receiveCommand(source *keaconf.DHCP4, given map[string]any) error {
	if err := d.setLoggers(source); err != nil {
		return err
	}
	return d.received(source, given)
}

// received tells of a configuration that has come.
func (d *DHCP4) received(source *keaconf.DHCP4, given map[string]any) error {
	if d.Log.Debugging() {
		text := control.AppendJSON(nil, config.Hide(given))
		d.Log.DebugLog(configData, "dhcp4", "DHCP4_CONFIG_RECEIVED", "received configuration %s", text)
		d.Log.DebugLog(configData, "dhcp4", "DHCP4_CONFIG_START", "DHCPv4 server is processing the following configuration: %s", text)
	}
	if severalThreads(source) {
		d.Log.Log(logging.Warn, "dhcpsrv", "DHCPSRV_MT_DISABLED_QUEUE_CONTROL", "disabling dhcp queue control when multi-threading is enabled.")
		d.Log.Log(logging.Warn, "dhcp4", "DHCP4_RESERVATIONS_LOOKUP_FIRST_ENABLED", "Multi-threading is enabled and host reservations lookup is always performed first.")
	}
	return nil
}

// replace takes a configuration into use in the place of another; on failure the loggers
// are again as they were.
func (d *DHCP4) replace(ctx context.Context, read func() (*candidate, error)) error {
	before := d.specs
	c, err := read()
	if err == nil {
		err = d.apply(ctx, c)
	}
	if err == nil {
		return nil
	}
	err = d.logFault(err)
	d.specs = before
	return errors.Join(err, d.Log.Configure(before, d.Stdout, d.Stderr))
}

// setLoggers lets messages go where a configuration says.
func (d *DHCP4) setLoggers(source *keaconf.DHCP4) error {
	specs, err := d.loggers(source)
	if err != nil {
		d.Log.Log(logging.Warn, "commands", "COMMAND_PROCESS_ERROR2", "Error while processing command: %v", err)
		return fmt.Errorf("Error during command processing: %w", err)
	}
	if err := d.Log.Configure(specs, d.Stdout, d.Stderr); err != nil {
		return fmt.Errorf("loggers: %w", err)
	}
	d.specs = specs
	return nil
}

// summary says what a configuration has, as Kea's message does.
func summary(conf *config.Config4) string {
	updates := "DDNS: disabled"
	if conf.UpdatesEnabled {
		updates = "DDNS: enabled"
	}
	subnets := "no IPv4 subnets!"
	if n := len(conf.Subnets); n > 0 {
		subnets = fmt.Sprintf("added IPv4 subnets: %d", n)
	}
	return subnets + "; " + updates
}

// loop does what is not answering messages.
func (d *DHCP4) loop(ctx context.Context) error {
	tick := time.NewTicker(retryWait)
	defer tick.Stop()
	for {
		var work func()
		select {
		case <-ctx.Done():
			return nil
		case <-d.Reload:
			work = func() {
				d.Log.Log(logging.Info, "commands", "COMMAND_RECEIVED", "Received command 'config-reload'") // as Kea takes a signal
				d.reload(ctx)                                                                               // what is wrong is in the log
			}
		case r := <-d.requests:
			work = func() { r.reply <- d.handle(ctx, r.command) }
		case <-tick.C:
			work = func() { d.onTime(ctx) }
		case <-d.opening.again:
			work = func() { d.retrySockets(ctx) }
		case err := <-d.cleaned:
			work = func() { d.afterCleanUp(err) }
		}
		d.turn.Lock()
		work()
		d.turn.Unlock()
	}
}

// reload takes a new configuration into use, or goes on with the old one when the
// new one is wrong.
func (d *DHCP4) reload(ctx context.Context) error {
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_DYNAMIC_RECONFIGURATION", "initiate server reconfiguration using file: %s, after receiving SIGHUP signal or config-reload command", d.Config)
	if err := d.replace(ctx, func() (*candidate, error) { return loadFile(d.Config, d.here(), d.receive) }); err != nil {
		d.loadFailed(err)
		d.Log.Log(logging.Fatal, "dhcp4", "DHCP4_DYNAMIC_RECONFIGURATION_FAIL", "dynamic server reconfiguration failed with file: %s", d.Config)
		return fmt.Errorf("configuration error using file '%s': %w", d.Config, err)
	}
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS", "dynamic server reconfiguration succeeded with file: %s", d.Config)
	return nil
}

// loadFailed tells why a configuration is not taken into use.
func (d *DHCP4) loadFailed(err error) {
	d.Log.Log(logging.Error, "dhcp4", "DHCP4_CONFIG_LOAD_FAIL", "configuration error using file: %s, reason: %v", d.Config, err)
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

// leasesIn counts the leases of a subnet: assigned ones, and declined ones.
func (d *DHCP4) leasesIn(subnet uint32) (assigned, declined int) {
	return d.leases.Count(memfile.Count{SubnetID: subnet, State: lease.Assigned}), d.leases.Count(memfile.Count{SubnetID: subnet, State: lease.Declined})
}
