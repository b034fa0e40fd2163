package leasesconv

import (
	"unsafe"

	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
)

// nameReader reads the names of clients. A name that it gives is valid until it is
// asked for the next one: the collectors put each lease into their table, which
// keeps bytes of its own.
type nameReader struct{ buffer [maxName + 1]byte }

// maxName is the longest name that Kea keeps, without the final dot.
const maxName = 255

// of returns the name of a client and which DNS records it has.
func (r *nameReader) of(variables []dhcpdleases.Variable, client []byte) (name string, forward, reverse bool) {
	for _, v := range variables {
		switch {
		case v.Value.Kind != dhcpdleases.Text || len(v.Value.Data) == 0:
		case string(v.Name) == "ddns-fwd-name":
			if n := r.read(v.Value.Data); n > 0 {
				if r.buffer[n-1] != '.' {
					r.buffer[n] = '.'
					n++
				}
				name, forward = unsafe.String(&r.buffer[0], n), true
			}
		case string(v.Name) == "ddns-rev-name":
			reverse = true
		}
	}
	if name == "" {
		if n := r.read(client); n > 0 {
			name = unsafe.String(&r.buffer[0], n)
		}
	}
	return name, forward, reverse && name != ""
}

// read reads a name as Kea keeps names into the buffer, and returns its length. One
// with other than visible ASCII characters, which no database would take, is none.
func (r *nameReader) read(data []byte) int {
	if len(data) > maxName {
		return 0
	}
	for _, c := range data {
		if c <= ' ' || c > '~' {
			return 0 // and the name before stays
		}
	}
	for i, c := range data {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		r.buffer[i] = c
	}
	return len(data)
}
