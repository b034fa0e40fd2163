package daemon

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/control"
)

// webOptions reads what a control socket over HTTP needs, secrets in files
// included.
func (d *DHCP4) webOptions(s keaconf.ControlSocket) (control.WebOptions, error) {
	o := control.WebOptions{Realm: config.DefaultRealm, Users: map[string]string{}, Headers: map[string]string{}}
	for _, h := range s.HTTPHeaders {
		o.Headers[h.Name] = h.Value
	}
	if a := s.Authentication; a != nil {
		if a.Type != "basic" {
			return o, fmt.Errorf("only basic HTTP authentication is supported: type is '%s' not 'basic'", a.Type)
		}
		o.Realm = cmp.Or(a.Realm, o.Realm)
		for i := range a.Clients {
			user, password, err := credentials(a.Directory, &a.Clients[i])
			if err != nil {
				return o, err
			}
			o.Users[user] = password
		}
	}
	if s.SocketType == "https" || s.CertFile != "" {
		var err error
		if o.TLS, err = encryption(s); err != nil {
			return o, err
		}
	}
	return o, nil
}

// credentials are the name and the password of a user, from the configuration or
// from files.
func credentials(folder string, c *keaconf.AuthClient) (user, password string, err error) {
	user = c.User
	if c.Password != nil {
		password = *c.Password
	}
	read := func(name string) (string, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		text, err := os.ReadFile(name)
		return strings.TrimRight(string(text), "\r\n"), err
	}
	if c.UserFile != "" {
		if user, err = read(c.UserFile); err != nil {
			return "", "", err
		}
	}
	if c.PasswordFile != "" {
		if password, err = read(c.PasswordFile); err != nil {
			return "", "", err
		}
		if user == "" {
			user, password, _ = strings.Cut(password, ":")
		}
	}
	if user == "" {
		return "", "", errors.New("user must not be empty")
	}
	return user, password, nil
}

// encryption makes what TLS needs. Clients have to show a certificate unless the
// configuration says otherwise.
func encryption(s keaconf.ControlSocket) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if s.TrustAnchor != "" {
		text, err := os.ReadFile(s.TrustAnchor)
		if err != nil {
			return nil, fmt.Errorf("TLS: %w", err)
		}
		c.ClientCAs = x509.NewCertPool()
		if !c.ClientCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("TLS: %s has no certificate", s.TrustAnchor)
		}
	}
	if s.CertRequired == nil || *s.CertRequired {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c, nil
}
