package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// NameService is the name server beside a target that takes its DNS updates.
type NameService struct {
	Named *oracle.Program
	Zones []string
	Keys  []oracle.TSIGKey
	// Start has lines of master files, by zone: what is there before the first
	// client comes.
	Start map[string]string
	// D2 is kea-dhcp-ddns, for Kea, and D2Conf what it reads.
	D2     *oracle.Program
	D2Conf []byte
}

// D2Conf is the configuration of kea-dhcp-ddns for a test: without a control
// socket, and with its log on standard output.
func D2Conf(conf *keaconf.D2, v keaversion.Version) ([]byte, error) {
	c := *conf
	c.ControlSocket, c.ControlSockets = nil, nil
	c.Loggers = []keaconf.Logger{{Name: "kea-dhcp-ddns", Severity: "DEBUG", DebugLevel: new(uint32(50)), OutputOptions: []keaconf.OutputOption{{Output: "stdout"}}}}
	var out bytes.Buffer
	err := keaconf.Write(&out, &c, v)
	return out.Bytes(), err
}

// Names is what is left of a run with a name server.
type Names struct {
	Messages []Message
	Records  []oracle.Record
	Log      string // what the programs wrote
}

// RunNames runs clients against dhcpd or a Kea that updates a name server. The
// records are read as soon as settled says that they are complete and they have
// not changed for a while, or when the patience of the network is over. A
// client gives a lease up only after the records have come to rest.
func RunNames(ctx context.Context, target Target, service NameService, clients []*client.Client, settled func([]oracle.Record) bool) (*Names, error) {
	p, ok := target.(*program)
	if !ok {
		return nil, errors.New("only real programs update a name server")
	}
	run := &namesRun{NameService: service, ctx: ctx, patience: p.network.Patience, settled: settled}
	var err error
	run.left.Messages, err = p.run(ctx, clients, run)
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", p.name, err, run.left.Log)
	}
	return &run.left, nil
}

type namesRun struct {
	NameService
	ctx      context.Context
	patience time.Duration
	settled  func([]oracle.Record) bool

	server *oracle.Server
	named  *oracle.NameServer
	d2     *oracle.Companion
	left   Names
}

func (r *namesRun) start(server *oracle.Server, dir string) error {
	zones := filepath.Join(dir, "names")
	if err := os.Mkdir(zones, 0o755); err != nil {
		return err
	}
	r.server = server
	var err error
	r.named, err = server.ServeNames(r.ctx, r.Named, zones, r.Zones, r.Keys, r.Start)
	if err != nil || r.D2 == nil {
		return err
	}
	file := filepath.Join(dir, "kea-dhcp-ddns.conf")
	if err = os.WriteFile(file, r.D2Conf, 0o644); err == nil {
		r.d2, err = server.Beside(r.ctx, r.D2, file)
	}
	if err != nil {
		r.named.Close()
	}
	return err
}

// How long records have to stay as they are.
const (
	restBetween = 500 * time.Millisecond
	restAtLast  = 1500 * time.Millisecond
)

func (r *namesRun) wait(step client.Step) error {
	if step != client.Release && step != client.Decline {
		return nil
	}
	_, err := settle(r.named, r.patience, restBetween, func([]oracle.Record) bool { return true })
	return err
}

func (r *namesRun) stop() error {
	var err error
	r.left.Records, err = settle(r.named, r.patience, restAtLast, r.settled)
	r.left.Log = r.server.Log()
	if r.d2 != nil {
		r.left.Log += r.d2.Log()
		r.d2.Close()
	}
	r.left.Log += r.named.Log()
	r.named.Close()
	return err
}

// settle returns the records once they are settled and have not changed for
// the time still, or when patience is over.
func settle(named *oracle.NameServer, patience, still time.Duration, settled func([]oracle.Record) bool) ([]oracle.Record, error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	begin := time.Now()
	changed := begin
	var last []oracle.Record
	for now := range tick.C {
		records, err := named.Records()
		if err != nil {
			return nil, err
		}
		if !slices.Equal(records, last) {
			last, changed = records, now
		}
		if settled(records) && now.Sub(changed) >= still || now.Sub(begin) >= patience {
			break
		}
	}
	return last, nil
}
