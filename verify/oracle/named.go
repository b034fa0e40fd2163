package oracle

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// FindNamed finds BIND's name server, which takes the DNS updates of dhcpd and
// kea-dhcp-ddns in tests.
func FindNamed() (*Program, error) {
	return find("named", "bind9", "bookworm", true, "-v")
}

// Named returns BIND's name server for a test, like Dhcpd.
func Named(tb TB) *Program {
	tb.Helper()
	p, err := FindNamed()
	return need(tb, p, err)
}

// A TSIGKey signs DNS updates.
type TSIGKey struct {
	Name, Algorithm, Secret string // as in named.conf: "hmac-sha256", base64
}

// A NameServer is BIND with empty zones that take updates.
type NameServer struct {
	*Companion
	of    *Server
	zones []string
}

// A Record is one entry of a zone.
type Record struct {
	Name string // lower case, with the final dot
	Type string // "A", "AAAA", "PTR", "TXT", "DHCID", "TYPE99"
	TTL  uint32 // seconds
	Data string // addresses and names as text, TXT quoted, others hexadecimal
}

func (r Record) String() string { return fmt.Sprintf("%s %d %s %s", r.Name, r.TTL, r.Type, r.Data) }

// namedZone is the content of a zone before the first update.
const namedZone = "$TTL 60\n@ SOA ns.invalid. admin.invalid. 1 60 60 60 60\n@ NS ns.invalid.\n"

// ServeNames runs BIND in the network namespace of a server: it answers on
// 127.0.0.1 and ::1, port 53, for the zones, which take updates that are
// signed with any of the keys; without keys, from anybody in the namespace.
// records are lines for the master files, by zone. Files are written to dir.
// It needs root.
func (s *Server) ServeNames(ctx context.Context, p *Program, dir string, zones []string, keys []TSIGKey, records map[string]string) (*NameServer, error) {
	var conf strings.Builder
	fmt.Fprintf(&conf, `options {
	directory "%[1]s"; pid-file none; session-keyfile none; managed-keys-directory "%[1]s";
	listen-on port 53 { 127.0.0.1; }; listen-on-v6 port 53 { ::1; };
	recursion no; notify no; allow-query { any; }; allow-transfer { 127.0.0.1; };
};
controls { };
`, dir)
	allowed := "127.0.0.1; ::1;"
	if len(keys) > 0 {
		allowed = ""
	}
	for _, k := range keys {
		fmt.Fprintf(&conf, "key %q { algorithm %s; secret %q; };\n", k.Name, k.Algorithm, k.Secret)
		allowed += fmt.Sprintf(" key %q;", k.Name)
	}
	for i, zone := range zones {
		file := filepath.Join(dir, "zone"+strconv.Itoa(i))
		if err := os.WriteFile(file, []byte(namedZone+records[zone]), 0o644); err != nil {
			return nil, err
		}
		fmt.Fprintf(&conf, "zone %q { type primary; file %q; allow-update { %s }; check-names ignore; };\n", zone, file, allowed)
	}
	file := filepath.Join(dir, "named.conf")
	if err := os.WriteFile(file, []byte(conf.String()), 0o644); err != nil {
		return nil, err
	}
	cmd := p.Command(ctx, "-g", "-c", file, "-n", "1")
	args := append([]string{"nsenter", "-t", strconv.Itoa(s.cmd.Process.Pid), "-n"}, cmd.Args...)
	c, err := accompany(ctx, p.Name, "all zones loaded", args)
	if err != nil {
		return nil, err
	}
	return &NameServer{Companion: c, of: s, zones: zones}, nil
}

// Records returns all records of the zones but those they begin with, sorted.
func (n *NameServer) Records() ([]Record, error) {
	var all []Record
	for _, zone := range n.zones {
		err := n.of.inNamespace(ownNamespace, func() error {
			records, err := transfer(zone)
			all = append(all, records...)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("zone %s: %w", zone, err)
		}
	}
	slices.SortFunc(all, func(a, b Record) int { return strings.Compare(a.String(), b.String()) })
	return all, nil
}

// transfer asks the name server for a whole zone (AXFR, RFC 5936).
func transfer(zone string) ([]Record, error) {
	name, err := dnsmessage.NewName(strings.TrimSuffix(zone, ".") + ".")
	if err != nil {
		return nil, err
	}
	question := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 1},
		Questions: []dnsmessage.Question{{Name: name, Type: dnsmessage.TypeAXFR, Class: dnsmessage.ClassINET}},
	}
	raw, err := question.Pack()
	if err != nil {
		return nil, err
	}
	conn, err := net.DialTimeout("tcp4", "127.0.0.1:53", 5*time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(raw))), raw...)); err != nil {
		return nil, err
	}
	var records []Record
	for ends := 0; ends < 2; { // the SOA record comes first and last
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return nil, err
		}
		raw := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, raw); err != nil {
			return nil, err
		}
		var answer dnsmessage.Message
		if err := answer.Unpack(raw); err != nil {
			return nil, err
		}
		if answer.RCode != dnsmessage.RCodeSuccess || len(answer.Answers) == 0 {
			return nil, errors.New("the zone is not given: " + answer.RCode.String())
		}
		for _, a := range answer.Answers {
			switch a.Header.Type {
			case dnsmessage.TypeSOA:
				ends++
			case dnsmessage.TypeNS:
			default:
				records = append(records, record(a))
			}
		}
	}
	return records, nil
}

func record(a dnsmessage.Resource) Record {
	r := Record{Name: strings.ToLower(a.Header.Name.String()), TTL: a.Header.TTL}
	switch body := a.Body.(type) {
	case *dnsmessage.AResource:
		r.Type, r.Data = "A", net.IP(body.A[:]).String()
	case *dnsmessage.AAAAResource:
		r.Type, r.Data = "AAAA", net.IP(body.AAAA[:]).String()
	case *dnsmessage.PTRResource:
		r.Type, r.Data = "PTR", strings.ToLower(body.PTR.String())
	case *dnsmessage.TXTResource:
		r.Type, r.Data = "TXT", fmt.Sprintf("%q", body.TXT)
	case *dnsmessage.UnknownResource:
		r.Type, r.Data = fmt.Sprintf("TYPE%d", body.Type), fmt.Sprintf("%x", body.Data)
		if body.Type == typeDHCID {
			r.Type = "DHCID"
		}
	}
	return r
}

// typeDHCID is the type of the records of RFC 4701.
const typeDHCID = 49
