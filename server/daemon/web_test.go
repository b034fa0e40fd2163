package daemon

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// In a folder only certificates count that have the names that OpenSSL looks for.
func TestAuthorities(t *testing.T) {
	folder := t.TempDir()
	write := func(name string) (file string, subject []byte) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
		der, err := x509.CreateCertificate(rand.Reader, &c, &c, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		file = filepath.Join(folder, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file, der
	}
	file, _ := write("server.pem")
	_, trusted := write("0123abcd.0")
	pool, err := authorities(folder)
	if err != nil {
		t.Fatal(err)
	}
	want := x509.NewCertPool()
	cert, err := x509.ParseCertificate(trusted)
	if err != nil {
		t.Fatal(err)
	}
	want.AddCert(cert)
	if !pool.Equal(want) {
		t.Error("other certificates than that with a hash for a name are trusted")
	}
	if one, err := authorities(file); err != nil || one.Equal(want) || one.Equal(x509.NewCertPool()) {
		t.Errorf("a file: %v", err)
	}
	for _, c := range []struct {
		conf keaconf.ControlSocket
		want string
	}{
		{keaconf.ControlSocket{SocketType: "https", TrustAnchor: folder + "/none"}, "load of CA file '" + folder + "/none' failed: No such file or directory"},
		{keaconf.ControlSocket{SocketType: "https", TrustAnchor: folder, CertFile: folder + "/none"}, "load of cert file '" + folder + "/none' failed: No such file or directory"},
		{keaconf.ControlSocket{SocketType: "https", TrustAnchor: folder, CertFile: file, KeyFile: folder + "/none"}, "load of private key file '" + folder + "/none' failed: No such file or directory"},
		{keaconf.ControlSocket{SocketType: "https", TrustAnchor: folder, CertFile: file, KeyFile: file}, "load of private key file '" + file + "' failed: "},
	} {
		if _, err := encryption(c.conf); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}
