package daemon

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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

// encryption makes what TLS needs; nil: nothing is encrypted. Clients have to show a
// certificate unless the configuration says otherwise.
func encryption(s keaconf.ControlSocket) (*tls.Config, error) {
	if s.SocketType != "https" && s.CertFile == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.TrustAnchor != "" {
		pool, err := authorities(s.TrustAnchor)
		if err != nil {
			return nil, say("load of CA file '%s' failed: %s", s.TrustAnchor, control.Cause(err))
		}
		c.ClientCAs = pool
	}
	cert, err := os.ReadFile(s.CertFile)
	if err != nil {
		return nil, say("load of cert file '%s' failed: %s", s.CertFile, control.Cause(err))
	}
	key, err := os.ReadFile(s.KeyFile)
	if err != nil {
		return nil, say("load of private key file '%s' failed: %s", s.KeyFile, control.Cause(err))
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, say("load of private key file '%s' failed: %v", s.KeyFile, err)
	}
	c.Certificates = []tls.Certificate{pair}
	if s.CertRequired == nil || *s.CertRequired {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c, nil
}

// hashed are the names by which OpenSSL looks for certificates in a folder (openssl-rehash(1)).
var hashed = regexp.MustCompile(`^[0-9a-f]{8}\.[0-9]+$`)

// authorities reads the certificates of those who sign clients' certificates, from a
// file, or from a folder as OpenSSL has them: only names made by openssl rehash count.
func authorities(name string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !hashed.MatchString(e.Name()) {
				continue
			}
			if text, err := os.ReadFile(filepath.Join(name, e.Name())); err == nil {
				pool.AppendCertsFromPEM(text) // what is no certificate trusts nobody
			}
		}
		return pool, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate or crl found")
	}
	return pool, nil
}
