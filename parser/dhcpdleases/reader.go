package dhcpdleases

import (
	"errors"
	"io"
	"iter"
)

// Options change how a file is read. The zero value reads one from its start.
type Options struct {
	// Name is the file's name in errors.
	Name string

	// Offset and Line are where the input starts in its file, when that is not
	// the beginning: behind an entry, as its Place has it. Line 0 means 1.
	Offset int64
	Line   int

	// ByteOrder is what is known of the order of the bytes of an IAID. A file
	// read from its start says so itself.
	ByteOrder Order
}

// Order is the byte order of IAIDs.
type Order uint8

// The orders. Unknown is taken for LittleEndian, the order of nearly all
// machines that dhcpd runs on; dhcpd takes the order of its own.
const (
	Unknown Order = iota
	LittleEndian
	BigEndian
)

// Read gives the entries of a lease file in order.
//
// An error that is a [*SyntaxError] concerns one entry, and reading goes on. The
// Entry beside it is nil when dhcpd drops the entry; otherwise it holds what
// dhcpd keeps. Any other error is one of the input and the last thing given.
//
// Entries and their byte slices are valid until the next one is asked for.
func Read(input io.Reader, opts Options) iter.Seq2[Entry, error] {
	r := NewReader(input, opts)
	return func(yield func(Entry, error) bool) {
		for {
			e, err := r.Next()
			if err == io.EOF {
				return
			}
			if !yield(e, err) {
				return
			}
			if _, broken := err.(*SyntaxError); err != nil && !broken {
				return
			}
		}
	}
}

// Reader is what [Read] is made of, for those that need to know where it stands.
type Reader struct {
	name  string
	input io.Reader
	err   error // what ended the input; io.EOF included

	// buf[pos:end] is what was read and not yet consumed; padding follows,
	// so that fast paths need not ask where the input ends.
	buf      []byte
	pos, end int
	base     int64 // offset of buf[0] in the file

	// The line of buf[linePos:], for what was consumed line by line.
	line      int
	lineStart int64 // offset of the first byte of the line

	stopped bool // the end was reached
	careful bool // for tests: nothing is read by fast

	order Order
	memo  dateMemo
	arena []byte // what the current entry's slices point into, beside buf

	tokens
	problems problems

	lease    Lease4
	ia       IA
	failover Failover
	decl     Declaration
	duid     ServerDUID
	orders   ByteOrder
}

const (
	bufferSize = 256 << 10
	padding    = 64
)

// NewReader starts to read a lease file.
func NewReader(input io.Reader, opts Options) *Reader { return newReader(input, opts, bufferSize) }

func newReader(input io.Reader, opts Options, size int) *Reader {
	return &Reader{
		name: opts.Name, input: input, base: opts.Offset, lineStart: opts.Offset,
		line: max(opts.Line, 1), order: opts.ByteOrder,
		buf: make([]byte, size+padding),
	}
}

// Offset is that of the first byte behind the last entry.
func (r *Reader) Offset() int64 {
	if r.peeked {
		return r.tokenStart
	}
	return r.base + int64(r.pos)
}

// Line is the line that Offset is in.
func (r *Reader) Line() int {
	if r.peeked {
		return r.tokenLine
	}
	return r.line
}

// ByteOrder is what the file has said so far of the byte order of IAIDs.
func (r *Reader) ByteOrder() Order { return r.order }

// Next returns the next entry; see [Read]. At the end of the file the error is
// io.EOF.
func (r *Reader) Next() (Entry, error) {
	for {
		if !r.peeked && !r.stopped && !r.careful {
			if e := r.fast(); e != nil {
				return e, nil
			}
		}
		e, err, done := r.exact()
		if done {
			if r.err != nil && r.err != io.EOF {
				return nil, r.err
			}
			return nil, io.EOF
		}
		if r.err != nil && r.err != io.EOF {
			// The entry may be broken only because the input is.
			return nil, r.err
		}
		if e != nil || err != nil {
			return e, err
		}
	}
}

// fill reads on. It reports whether there is more in the buffer than before.
// Bytes that were consumed are dropped.
func (r *Reader) fill() bool {
	if r.err != nil {
		return false
	}
	if r.pos > 0 {
		copy(r.buf, r.buf[r.pos:r.end])
		r.base += int64(r.pos)
		r.end -= r.pos
		r.pos = 0
	}
	// The buffer is filled as far as it goes: an entry that was cut is looked at
	// twice then, and not with each small piece that the input gives.
	start := r.end
	for tries := 0; r.err == nil && r.end < len(r.buf)-padding; {
		n, err := r.input.Read(r.buf[r.end : len(r.buf)-padding])
		switch {
		case n < 0 || n > len(r.buf)-padding-r.end:
			n, err = 0, errors.New("dhcpdleases: the input's Read returned an impossible count")
		case n > 0:
			tries = 0
		case err == nil:
			if tries++; tries == 100 {
				err = io.ErrNoProgress
			}
		}
		r.end += n
		r.err = err
	}
	clear(r.buf[r.end : r.end+padding])
	return r.end > start
}
