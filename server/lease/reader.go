package lease

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

// maxRow is the longest row that is read; Kea's user contexts are far shorter.
const maxRow = 16 << 20

// ErrNotALeaseFile means that the first line is not the header of a lease file.
var ErrNotALeaseFile = errors.New("this is no lease file of Kea: its first line is not the header of one")

// A RowError is about one row; the rows after it can be read all the same. Kea
// leaves such a row out with a message, and so do readers of this package.
type RowError struct {
	Line int // the first line, the header, is 1
	Err  error
}

func (e *RowError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *RowError) Unwrap() error { return e.Err }

// A Row is one row of a lease file.
type Row[L any] struct {
	Lease L
	Line  int // the first line, the header, is 1
	// Deleted: the row takes the lease of its address away.
	Deleted bool
}

// Read4 yields the rows of a DHCPv4 lease file in their order: later rows replace
// earlier ones of the same address. An error that is a RowError is about one row,
// and reading goes on; any other error is the last thing that is yielded:
// ErrNotALeaseFile, or what r returned.
func Read4(r io.Reader) iter.Seq2[Row[Lease4], error] {
	return func(yield func(Row[Lease4], error) bool) {
		read(r, &columns4, parse4, func(l *Lease4) bool { return l.Valid == 0 }, yield)
	}
}

// Read6 yields the rows of a DHCPv6 lease file, as Read4 does those of DHCPv4.
// A lease is known by its address; that of a prefix by the prefix's.
func Read6(r io.Reader) iter.Seq2[Row[Lease6], error] {
	return func(yield func(Row[Lease6], error) bool) {
		read(r, &columns6, parse6, func(l *Lease6) bool { return l.Valid == 0 }, yield)
	}
}

func read[L any](r io.Reader, c *columns, parse func([][]byte, *L) error, deleted func(*L) bool, yield func(Row[L], error) bool) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxRow)
	var zero Row[L]
	if !lines.Scan() {
		err := lines.Err()
		if err == nil || errors.Is(err, bufio.ErrTooLong) {
			err = ErrNotALeaseFile
		}
		yield(zero, err)
		return
	}
	width, known, err := c.readHeader(lines.Bytes())
	if err != nil {
		yield(zero, err)
		return
	}
	fields := make([][]byte, 0, len(c.names)+1)
	for line := 2; lines.Scan(); line++ {
		row := lines.Bytes()
		if len(row) == 0 {
			continue
		}
		fields = split(fields[:0], row)
		out := Row[L]{Line: line}
		if len(fields) != width {
			err = fmt.Errorf("the row has %d columns, and the header %d", len(fields), width)
		} else {
			err = parse(fields[:known], &out.Lease)
		}
		if err != nil {
			if !yield(zero, &RowError{Line: line, Err: err}) {
				return
			}
			continue
		}
		out.Deleted = deleted(&out.Lease)
		if !yield(out, nil) {
			return
		}
	}
	if err := lines.Err(); err != nil {
		yield(zero, err)
	}
}

// readHeader returns how many columns a file has, and how many of them are known
// here: a later version of Kea may have added some at the end.
func (c *columns) readHeader(line []byte) (width, known int, err error) {
	line = bytes.TrimSuffix(line, []byte("\r"))
	names := split(nil, line)
	for i, name := range names {
		if i < len(c.names) && string(name) != c.names[i].name {
			return 0, 0, c.headerError(names)
		}
	}
	if len(names) < c.least {
		return 0, 0, c.headerError(names)
	}
	return len(names), min(len(names), len(c.names)), nil
}

// headerError says what the file is instead, where that is plain.
func (c *columns) headerError(names [][]byte) error {
	for _, other := range []*columns{&columns4, &columns6} {
		if other != c && len(names) > 1 && string(names[0]) == other.names[0].name && string(names[1]) == other.names[1].name {
			return fmt.Errorf("%w of %s, but that of %s", ErrNotALeaseFile, c.protocol, other.protocol)
		}
	}
	return ErrNotALeaseFile
}

func split(fields [][]byte, row []byte) [][]byte {
	for {
		comma := bytes.IndexByte(row, ',')
		if comma < 0 {
			return append(fields, row)
		}
		fields = append(fields, row[:comma])
		row = row[comma+1:]
	}
}
