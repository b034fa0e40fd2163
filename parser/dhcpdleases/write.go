package dhcpdleases

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"time"
)

// Format changes how entries are written. The zero value is what dhcpd does
// without configuration.
type Format struct {
	// HexIDs writes client identifiers and keys as "lease-id-format hex" does.
	HexIDs bool
	// Local writes times as seconds since 1970 with a comment, as "db-time-format
	// local" does. The comment is in this location; nil means the default format.
	Local *time.Location
}

// AppendHeader appends what a lease file starts with: where its format is
// described, and the byte order of the IAIDs in it.
func AppendHeader(b []byte, big bool) []byte {
	b = append(b, "# The format of this file is documented in the dhcpd.leases(5) manual page.\n\n"...)
	b = append(b, "# authoring-byte-order entry is generated, DO NOT DELETE\n"...)
	b = Format{}.Append(b, &ByteOrder{Big: big})
	return append(b, '\n')
}

// Append appends an entry as dhcpd would write it, so that dhcpd reads the same
// back. What dhcpd itself cannot write is left out: an agent option without
// value, a variable whose name is none. An *IA is written by its Key.
func (f Format) Append(b []byte, e Entry) []byte {
	switch e := e.(type) {
	case *Lease4:
		return f.lease(b, e)
	case *IA:
		return f.ia(b, e)
	case *Failover:
		return f.failover(b, e)
	case *Declaration:
		return append(append(b, e.Raw...), '\n')
	case *ServerDUID:
		b = append(b, "server-duid "...)
		return append(quote(b, e.DUID), ";\n\n"...)
	case *ByteOrder:
		if e.Big {
			return append(b, "authoring-byte-order big-endian;\n"...)
		}
		return append(b, "authoring-byte-order little-endian;\n"...)
	}
	return b
}

// Key makes the key of an identity association.
func Key(iaid uint32, duid []byte, big bool) []byte {
	key := make([]byte, 4, 4+len(duid))
	if big {
		binary.BigEndian.PutUint32(key, iaid)
	} else {
		binary.LittleEndian.PutUint32(key, iaid)
	}
	return append(key, duid...)
}

func (f Format) lease(b []byte, l *Lease4) []byte {
	b = append(b, "lease "...)
	b = l.Address.AppendTo(b)
	b = append(b, " {\n"...)
	for _, t := range [...]struct {
		word string
		at   int64
	}{{"starts", l.Starts}, {"ends", l.Ends}, {"tstp", l.TSTP}, {"tsfp", l.TSFP}, {"atsfp", l.ATSFP}, {"cltt", l.CLTT}} {
		if t.at != 0 {
			b = f.time(append(append(append(b, "  "...), t.word...), ' '), t.at)
		}
	}
	if l.State != NoState {
		b = append(append(append(b, "  binding state "...), l.State.String()...), ";\n"...)
		if l.Next != l.State && l.Next != NoState {
			b = append(append(append(b, "  next binding state "...), l.Next.String()...), ";\n"...)
		}
		if l.Rewind != l.State && l.Rewind != NoState {
			b = append(append(append(b, "  rewind binding state "...), l.Rewind.String()...), ";\n"...)
		}
	}
	if l.Reserved {
		b = append(b, "  reserved;\n"...)
	}
	if l.BOOTP {
		b = append(b, "  dynamic-bootp;\n"...)
	}
	if l.Billing.Given {
		b = append(b, "  billing "...)
		if l.Billing.Subclass {
			b = append(b, "sub"...)
		}
		b = quote(append(b, "class "...), l.Billing.Class)
		if l.Billing.Subclass {
			b = quote(append(b, ' '), l.Billing.Data)
		}
		b = append(b, ";\n"...)
	}
	if l.HasHardware {
		b = append(b, "  hardware "...)
		switch l.HardwareType {
		case 1:
			b = append(b, "ethernet"...)
		case 6:
			b = append(b, "token-ring"...)
		case 8:
			b = append(b, "fddi"...)
		case 32:
			b = append(b, "infiniband"...)
		default:
			b = strconv.AppendUint(append(b, "unknown-"...), uint64(l.HardwareType), 10)
		}
		if len(l.Hardware) > 0 {
			b = octets(append(b, ' '), l.Hardware)
		}
		b = append(b, ";\n"...)
	}
	if l.HasUID {
		b = f.id(append(b, "  uid "...), l.UID)
		b = append(b, ";\n"...)
	}
	b = variables(b, "  ", l.Variables)
	for _, o := range l.AgentOptions {
		b = agentOption(b, o)
	}
	if l.HasHostname {
		b = quote(append(b, "  client-hostname "...), l.ClientHostname)
		b = append(b, ";\n"...)
	}
	b = events(b, "  ", l.Events)
	return append(b, "}\n"...)
}

func (f Format) ia(b []byte, ia *IA) []byte {
	b = append(append(b, ia.Kind.String()...), ' ')
	b = append(f.id(b, ia.Key), " {\n"...)
	if ia.CLTT != 0 {
		b = f.time(append(b, "  cltt "...), ia.CLTT)
	}
	for i := range ia.Bindings {
		v := &ia.Bindings[i]
		if ia.Kind == PD {
			b = v.Prefix.AppendTo(append(b, "  iaprefix "...))
		} else {
			b = v.Prefix.Addr().AppendTo(append(b, "  iaaddr "...))
		}
		b = append(append(append(b, " {\n    binding state "...), v.State.String()...), ";\n"...)
		b = strconv.AppendUint(append(b, "    preferred-life "...), uint64(v.Preferred), 10)
		b = strconv.AppendUint(append(b, ";\n    max-life "...), uint64(v.Valid), 10)
		b = f.time(append(b, ";\n    ends "...), v.Ends)
		b = variables(b, "    ", v.Variables)
		b = events(b, "    ", v.Events)
		b = append(b, "  }\n"...)
	}
	return append(b, "}\n\n"...)
}

func (f Format) failover(b []byte, s *Failover) []byte {
	b = quote(append(b, "\nfailover peer "...), s.Name)
	b = append(b, " state {\n"...)
	for _, p := range [...]struct {
		side string
		PeerState
	}{{"  my state ", s.My}, {"  partner state ", s.Partner}} {
		if p.State == "" {
			continue
		}
		b = append(append(b, p.side...), p.State...)
		if p.At == 0 {
			b = append(b, ";\n"...)
		} else {
			b = f.time(append(b, " at "...), p.At)
		}
	}
	if s.HasMCLT {
		b = strconv.AppendInt(append(b, "  mclt "...), s.MCLT, 10)
		b = append(b, ";\n"...)
	}
	return append(b, "}\n"...)
}

// time writes a time with ";" and line end. Before 1970 dhcpd can only say it in
// seconds.
func (f Format) time(b []byte, at int64) []byte {
	switch {
	case at == Never:
		return append(b, "never;\n"...)
	case f.Local != nil:
		b = strconv.AppendInt(append(b, "epoch "...), at, 10)
		return append(time.Unix(at, 0).In(f.Local).AppendFormat(append(b, "; # "...), "Mon Jan 02 15:04:05 2006"), '\n')
	case at < 0:
		return append(strconv.AppendInt(append(b, "epoch "...), at, 10), ";\n"...)
	}
	t := time.Unix(at, 0).UTC()
	b = append(strconv.AppendInt(b, int64(t.Weekday()), 10), ' ')
	return append(t.AppendFormat(b, "2006/01/02 15:04:05"), ";\n"...)
}

func (f Format) id(b, id []byte) []byte {
	if f.HexIDs && len(id) > 0 {
		return octets(b, id)
	}
	return quote(b, id)
}

func octets(b, data []byte) []byte {
	const digits = "0123456789abcdef"
	for i, c := range data {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}

// quote writes text as dhcpd's quotify_buf does.
func quote(b, text []byte) []byte {
	b = append(b, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c > '~':
			b = append(b, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

func variables(b []byte, indent string, vars []Variable) []byte {
	for _, v := range vars {
		b = append(append(append(append(b, indent...), "set "...), v.Name...), " = "...)
		switch v.Value.Kind {
		case Text, Hex:
			b = quote(b, v.Value.Data)
		case Number:
			b = strconv.AppendInt(append(b, '%'), v.Value.Number, 10)
		case Bool:
			b = strconv.AppendBool(b, v.Value.Bool)
		}
		b = append(b, ";\n"...)
	}
	return b
}

func agentOption(b []byte, o AgentOption) []byte {
	name, format := "", byte('X')
	for _, known := range agentSuboptions {
		if known.code == o.Code {
			name, format = known.name, known.format
		}
	}
	switch {
	case format == 'X' && len(o.Data) == 0 || format == 'I' && len(o.Data) != 4 || format == 'L' && len(o.Data) != 4 || format == 'Z' && len(o.Data) > 0:
		return b
	}
	b = append(b, "  option agent."...)
	switch name {
	case "":
		b = strconv.AppendUint(append(b, "unknown-"...), uint64(o.Code), 10)
	case "docsis-device-class":
		b = append(b, "DOCSIS-device-class"...)
	default:
		b = append(b, name...)
	}
	switch {
	case format == 'I':
		b = netip.AddrFrom4([4]byte(o.Data)).AppendTo(append(b, ' '))
	case format == 'L':
		b = strconv.AppendUint(append(b, ' '), uint64(binary.BigEndian.Uint32(o.Data)), 10)
	case format == 'X' && o.Quoted:
		b = quote(append(b, ' '), o.Data)
	case format == 'X':
		b = octets(append(b, ' '), o.Data)
	}
	return append(b, ";\n"...)
}

func events(b []byte, indent string, list []Event) []byte {
	for _, e := range list {
		b = append(append(append(b, indent...), e.Raw...), '\n')
	}
	return b
}
