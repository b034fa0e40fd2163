package daemon

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
	close func()
	// web serves one over HTTP; nil: it is a Unix socket.
	web       *control.Web
	encrypted bool
	// update has other options hold for it; nil: there are none.
	update func()
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
			out["unix "+s.SocketName] = s
		case "http", "https":
			out["http "+webAddress(s)] = s
		default:
			return nil, fmt.Errorf("unsupported 'socket-type' %q", s.SocketType)
		}
	}
	return out, nil
}

// webAddress is where a control socket over HTTP listens.
func webAddress(s keaconf.ControlSocket) string {
	port := uint32(config.DefaultHTTPPort)
	if s.SocketPort != nil {
		port = *s.SocketPort
	}
	return net.JoinHostPort(cmp.Or(s.SocketAddress, s.SocketName, config.DefaultHTTPAddress), fmt.Sprint(port))
}

// openChannels opens the control sockets of a configuration that are not open, and
// returns them with those that are. Nothing is closed.
func (d *DHCP4) openChannels(ctx context.Context, conf *keaconf.DHCP4) (now, opened channels, err error) {
	wanted, err := sockets(conf)
	if err != nil {
		return nil, nil, err
	}
	now, opened = channels{}, channels{}
	keys := slices.Sorted(maps.Keys(wanted))
	for _, key := range slices.Backward(keys) { // those of Unix first
		c, open := d.channels[key]
		if c, err = d.openChannel(ctx, wanted[key], c, open); err != nil {
			opened.closeAll()
			return nil, nil, err
		}
		now[key] = c
		if !open {
			opened[key] = c
		}
	}
	return now, opened, nil
}

// take has these channels take the place of others.
func (c channels) take(old channels) channels {
	for key, o := range old {
		if _, stays := c[key]; !stays {
			o.close()
		}
	}
	for key, one := range c {
		if _, was := old[key]; was && one.update != nil {
			one.update()
		}
	}
	return c
}

func (c channels) closeAll() {
	for _, one := range c {
		one.close()
	}
}

// checkChannels looks whether control sockets could be opened.
func (d *DHCP4) checkChannels(conf *keaconf.DHCP4) error {
	wanted, err := sockets(conf)
	for _, s := range wanted {
		if err != nil {
			break
		}
		if s.SocketType != "unix" {
			_, err = d.webOptions(s)
		} else if _, err = d.paths().socket(cmp.Or(s.SocketName, s.SocketAddress)); err != nil {
			err = fmt.Errorf("'socket-name' is invalid: %w", err)
		}
	}
	if err != nil {
		d.logElement("control-sockets", err)
	}
	return err
}

// openChannel opens a control socket, or takes the one that is open.
func (d *DHCP4) openChannel(ctx context.Context, s keaconf.ControlSocket, was channel, open bool) (channel, error) {
	handler := control.Handler{Log: d.Log, Command: d.ask}
	if s.SocketType == "unix" {
		if open {
			return was, nil
		}
		name, err := d.paths().socket(cmp.Or(s.SocketName, s.SocketAddress))
		if err != nil {
			return channel{}, fmt.Errorf("'socket-name' is invalid: %w", err)
		}
		d.Log.Log(logging.Info, "commands", "COMMAND_ACCEPTOR_START", "Starting to accept connections via unix domain socket bound to %s", name)
		l, err := control.ListenUnix(name)
		if err != nil {
			return channel{}, err
		}
		go control.Serve(ctx, l, handler)
		return channel{close: func() { l.Close() }}, nil // its file goes with it
	}
	options, err := d.webOptions(s)
	if err == nil {
		options.TLS, err = encryption(s)
	}
	if err != nil {
		return channel{}, err
	}
	kind := "HTTP"
	if options.TLS != nil {
		kind = "HTTPS"
	}
	if open {
		if was.encrypted != (options.TLS != nil) {
			before := "HTTPS"
			if !was.encrypted {
				before = "HTTP"
			}
			return channel{}, say("Can not switch from %s to %s sockets using the same address and port.", before, kind)
		}
		was.update = func() {
			was.web.Update(options)
			host, port := splitAddress(webAddress(s))
			id, more := "HTTP_COMMAND_MGR_HTTP_SERVICE_UPDATED", ""
			if was.encrypted {
				id, more = "HTTP_COMMAND_MGR_HTTPS_SERVICE_UPDATED", " and updated TLS settings"
			}
			d.Log.Log(logging.Info, "commands", id, "reused %s service bound to address: %s port: %s%s", kind, host, port, more)
		}
		return was, nil
	}
	host, port := splitAddress(webAddress(s))
	w, err := control.ServeHTTP(ctx, webAddress(s), options, handler)
	if err != nil {
		return channel{}, err
	}
	d.Log.Log(logging.Info, "commands", "HTTP_COMMAND_MGR_SERVICE_STARTED", "started %s service bound to address: %s port: %s", kind, host, port)
	return channel{web: w, encrypted: options.TLS != nil, close: func() {
		d.Log.Log(logging.Info, "commands", "HTTP_COMMAND_MGR_SERVICE_STOPPING", "Server is stopping %s service bound to address %s port %s", kind, host, port)
		w.Close()
	}}, nil
}

func splitAddress(address string) (host, port string) {
	host, port, _ = net.SplitHostPort(address)
	return host, port
}
