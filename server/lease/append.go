package lease

import (
	"net/netip"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// Append4 adds the row of a lease, as a version of Kea writes it, with its line
// end. A lifetime of 0 makes a row that deletes the lease.
func Append4(dst []byte, l *Lease4, v keaversion.Version) []byte {
	dst = appendAddress(dst, l.Address)
	dst = append(dst, ',')
	dst = appendHex(dst, l.HWAddr)
	dst = append(dst, ',')
	dst = appendHex(dst, l.ClientID)
	dst = append(dst, ',')
	dst = strconv.AppendUint(dst, uint64(l.Valid), 10)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, l.Expire(), 10)
	dst = append(dst, ',')
	dst = strconv.AppendUint(dst, uint64(l.SubnetID), 10)
	dst = appendName(dst, &l.Terms)
	dst = append(dst, ',')
	dst = strconv.AppendUint(dst, uint64(l.State), 10)
	dst = append(dst, ',')
	dst = appendEscaped(dst, l.UserContext)
	if v >= keaversion.V2_6 {
		dst = append(dst, ',')
		dst = strconv.AppendUint(dst, uint64(l.PoolID), 10)
	}
	return append(dst, '\n')
}

// Append6 adds the row of a lease, as a version of Kea writes it, with its line
// end. A valid lifetime of 0 makes a row that deletes the lease.
func Append6(dst []byte, l *Lease6, v keaversion.Version) []byte {
	dst = appendAddress(dst, l.Address)
	dst = append(dst, ',')
	dst = appendHex(dst, l.DUID)
	dst = append(dst, ',')
	dst = strconv.AppendUint(dst, uint64(l.Valid), 10)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, l.Expire(), 10)
	dst = append(dst, ',')
	dst = strconv.AppendUint(dst, uint64(l.SubnetID), 10)
	dst = append(dst, ',')
	dst = strconv.AppendUint(dst, uint64(l.Preferred), 10)
	dst = append(dst, ',')
	dst = strconv.AppendUint(dst, uint64(l.Type), 10)
	dst = append(dst, ',')
	dst = strconv.AppendUint(dst, uint64(l.IAID), 10)
	dst = append(dst, ',')
	dst = strconv.AppendUint(dst, uint64(l.PrefixLen), 10)
	dst = appendName(dst, &l.Terms)
	dst = append(dst, ',')
	dst = appendHex(dst, l.HWAddr)
	dst = append(dst, ',')
	dst = strconv.AppendUint(dst, uint64(l.State), 10)
	dst = append(dst, ',')
	dst = appendEscaped(dst, l.UserContext)
	dst = append(dst, ',')
	if len(l.HWAddr) > 0 {
		dst = strconv.AppendUint(dst, uint64(l.HWType), 10)
	}
	dst = append(dst, ',')
	if len(l.HWAddr) > 0 {
		dst = strconv.AppendUint(dst, uint64(l.HWSource), 10)
	}
	if v >= keaversion.V2_6 {
		dst = append(dst, ',')
		dst = strconv.AppendUint(dst, uint64(l.PoolID), 10)
	}
	return append(dst, '\n')
}

// appendName adds the columns fqdn_fwd, fqdn_rev and hostname, with the commas
// before them.
func appendName(dst []byte, t *Terms) []byte {
	dst = append(dst, ',', digit(t.FQDNFwd), ',', digit(t.FQDNRev), ',')
	return appendEscaped(dst, t.Hostname)
}

func digit(b bool) byte {
	if b {
		return '1'
	}
	return '0'
}

// appendAddress adds an address; that of no address at all is empty.
func appendAddress(dst []byte, a netip.Addr) []byte {
	if !a.IsValid() {
		return dst
	}
	return a.AppendTo(dst)
}

const hexDigits = "0123456789abcdef"

// Colons returns bytes as hexadecimal digits with colons between them.
func Colons(data []byte) string { return string(appendHex(nil, data)) }

// appendHex adds bytes as hexadecimal digits with colons between them.
func appendHex(dst, data []byte) []byte {
	for i, b := range data {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
	}
	return dst
}

// appendEscaped adds text in which commas, and the sign that begins an escape,
// are written as "&#x" and two digits. Kea leaves all else as it is; a line end,
// which Kea never has in a lease, would break the file and is escaped too.
func appendEscaped(dst []byte, text string) []byte {
	plain := 0 // from here on nothing was special
	for i := range len(text) {
		switch c := text[i]; c {
		case ',', '&', '\n', '\r', 0:
			dst = append(dst, text[plain:i]...)
			dst = append(dst, '&', '#', 'x', hexDigits[c>>4], hexDigits[c&15])
			plain = i + 1
		}
	}
	return append(dst, text[plain:]...)
}
