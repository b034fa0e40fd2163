package daemon

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/logging"
)

// channels are the open control sockets, by what they are.
type channels map[string]channel

type channel struct {
	conf  keaconf.ControlSocket
	close func()
}

// sockets are the control sockets of a configuration, by what they are: one that
// is there in two configurations stays open when one takes the place of the other.
func sockets(conf *keaconf.DHCP4) (map[string]keaconf.ControlSocket, error) {
	list := conf.ControlSockets
	if s := conf.ControlSocket; s != nil {
		list = append(slices.Clip(list), *s)
	}
	out := map[string]keaconf.ControlSocket{}
	for _, s := range list {
		switch s.SocketType {
		case "unix":
			if cmp.Or(s.SocketName, s.SocketAddress) == "" {
				return nil, say("Mandatory 'socket-name' parameter missing")
			}
		case "http", "https":
		default:
			return nil, fmt.Errorf("unsupported 'socket-type' %q", s.SocketType)
		}
		key := fmt.Sprintf("%+v", s)
		if s.SocketPort != nil {
			key += fmt.Sprint(*s.SocketPort)
		}
		if s.SocketType == "unix" {
			key = "unix " + s.SocketName
		}
		out[key] = s
	}
	return out, nil
}

// openChannels opens the control sockets of a configuration that are not open, and
// returns them with those that are. Nothing is closed.
func (d *DHCP4) openChannels(ctx context.Context, conf *keaconf.DHCP4) (now, opened channels, err error) {
	wanted, err := sockets(conf)
	if err != nil {
		return nil, nil, err
	}
	now, opened = channels{}, channels{}
	for key, s := range wanted {
		if c, ok := d.channels[key]; ok {
			now[key] = c
			continue
		}
		shut, err := d.openChannel(ctx, s)
		if err != nil {
			opened.closeAll()
			return nil, nil, err
		}
		now[key] = channel{s, shut}
		opened[key] = now[key]
	}
	return now, opened, nil
}

func (c channels) closeAll() {
	for _, one := range c {
		one.close()
	}
}

func (d *DHCP4) openChannel(ctx context.Context, s keaconf.ControlSocket) (shut func(), err error) {
	if s.SocketType == "unix" {
		name, err := d.paths().socket(cmp.Or(s.SocketName, s.SocketAddress))
		if err != nil {
			return nil, fmt.Errorf("'socket-name' is invalid: %w", err)
		}
		l, err := control.ListenUnix(name)
		if err != nil {
			return nil, err
		}
		d.Log.Log(logging.Info, "commands", "COMMAND_ACCEPTOR_START", "Starting to accept connections via unix domain socket bound to %s", name)
		go control.Serve(ctx, l, d.ask)
		return func() { l.Close() }, nil // its file goes with it
	}
	options, err := d.webOptions(s)
	if err != nil {
		return nil, err
	}
	port := uint32(config.DefaultHTTPPort)
	if s.SocketPort != nil {
		port = *s.SocketPort
	}
	address := net.JoinHostPort(cmp.Or(s.SocketAddress, s.SocketName, config.DefaultHTTPAddress), fmt.Sprint(port))
	return control.ServeHTTP(ctx, address, options, d.ask)
}
