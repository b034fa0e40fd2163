package dhcpdleases

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// ErrNoLeaseFile says that nothing in a file is an entry of a lease file.
var ErrNoLeaseFile = errors.New("this is no lease file of dhcpd")

// Declarations reads what dhcpd joins to its configuration when it reads a
// lease file: hosts, groups, classes and subclasses, reserved leases, and the
// server's DUID. Of the entries of an address the last one says whether it is
// reserved. read, if not nil, is told how many bytes have been read since the
// last time.
func Declarations(ctx context.Context, name string, file io.ReaderAt, size int64, read func(int64)) (*dhcpdconf.LeaseFile, error) {
	d := declarations{reserved: map[netip.Addr]declared{}}
	if err := d.read(ctx, name, io.NewSectionReader(file, 0, size), read); err != nil {
		return nil, err
	}
	for _, one := range d.reserved {
		d.list = append(d.list, one)
	}
	slices.SortFunc(d.list, func(a, b declared) int { return cmp.Compare(a.place.Offset, b.place.Offset) })
	f := &dhcpdconf.LeaseFile{Name: name, Entries: make([]dhcpdconf.LeaseFileEntry, 0, len(d.list))}
	for _, one := range d.list {
		text, column, err := textAt(file, one.place)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if one.broken && !startsDeclaration(text) {
			continue
		}
		one.entry.Text, one.entry.Line, one.entry.Column = text, one.place.Line, column
		f.Entries = append(f.Entries, one.entry)
	}
	return f, nil
}

// declared is an entry and where it stands.
type declared struct {
	place Place
	entry dhcpdconf.LeaseFileEntry
	// broken says that the reader has given up on it. It may be a declaration,
	// of which dhcpd keeps what it has understood.
	broken bool
}

type declarations struct {
	list     []declared
	reserved map[netip.Addr]declared
	entries  int // of any kind
	unknown  int // what is no entry
}

// entriesPerCheck is after how many entries read looks whether it shall stop.
const entriesPerCheck = 4096

func (d *declarations) read(ctx context.Context, name string, input io.Reader, read func(int64)) error {
	at := int64(0)
	for entry, err := range Read(input, Options{Name: name}) {
		if err != nil {
			var bad *SyntaxError
			if !errors.As(err, &bad) {
				return fmt.Errorf("%s: %w", name, err)
			}
			if entry == nil && bad.Unknown {
				d.unknown++
				continue
			}
			if entry == nil {
				d.entries++
				d.list = append(d.list, declared{place: bad.Place, broken: true})
				continue
			}
		}
		d.entries++
		d.add(entry)
		if d.entries%entriesPerCheck == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if read != nil {
				end := entry.Position().End
				read(end - at)
				at = end
			}
		}
	}
	if d.entries == 0 && d.unknown > 0 {
		return fmt.Errorf("%s: %w", name, ErrNoLeaseFile)
	}
	return nil
}

func (d *declarations) add(e Entry) {
	one := declared{place: e.Position()}
	switch e := e.(type) {
	case *Declaration:
	case *ServerDUID:
		one.entry.ServerDUID = bytes.Clone(e.DUID)
	case *Lease4:
		if !e.Reserved {
			delete(d.reserved, e.Address)
			return
		}
		l := &dhcpdconf.ReservedLease{Address: e.Address}
		if e.HasHardware && len(e.Hardware) > 0 {
			l.HType, l.Hardware = e.HardwareType, bytes.Clone(e.Hardware)
		}
		if e.HasUID && len(e.UID) > 0 {
			l.UID = bytes.Clone(e.UID)
		}
		one.entry.Reserved = l
		d.reserved[e.Address] = one
		return
	default:
		return
	}
	d.list = append(d.list, one)
}

// declarationWords are the keywords of declarations in the language of
// dhcpd.conf.
var declarationWords = [...]string{"host", "group", "class", "subclass"}

// startsDeclaration reports whether an entry starts with the keyword of one.
func startsDeclaration(text []byte) bool {
	for _, word := range declarationWords {
		if len(text) > len(word) && strings.EqualFold(string(text[:len(word)]), word) && strings.IndexByte(" \t\r\n\"{", text[len(word)]) >= 0 {
			return true
		}
	}
	return false
}

// lookBack is how far textAt looks for the beginning of a line.
const lookBack = 512

// textAt reads an entry, and finds the column of its first byte.
func textAt(file io.ReaderAt, p Place) (text []byte, column int, err error) {
	from := max(0, p.Offset-lookBack)
	text = make([]byte, p.End-from)
	if n, err := file.ReadAt(text, from); n < len(text) {
		return nil, 0, cmp.Or(err, io.ErrUnexpectedEOF)
	}
	before := text[:p.Offset-from]
	return text[p.Offset-from:], len(before) - bytes.LastIndexByte(before, '\n'), nil
}
