package leasesconv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
)

// source is a lease file that dhcpd is writing. dhcpd adds to its end, and from
// time to time writes all leases to a new file that takes the old one's name.
type source struct {
	name   string
	file   *os.File
	offset int64 // behind the last entry that was read
	line   int
	order  dhcpdleases.Order
}

// position says how far a lease file has been read.
type position struct {
	Version   int               `json:"version"`
	Source    string            `json:"source"`
	Device    uint64            `json:"device"`
	Inode     uint64            `json:"inode"`
	Offset    int64             `json:"offset"`
	Line      int               `json:"line"`
	ByteOrder dhcpdleases.Order `json:"byte-order"`
}

const positionVersion = 1

func openSource(name string) (*source, error) {
	s := &source{name: name}
	return s, s.reopen()
}

// reopen begins with the file that has the name now.
func (s *source) reopen() error {
	f, err := os.Open(s.name)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: s.name, Err: errors.New("is no regular file, so it cannot be followed")}
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	s.close()
	s.file, s.offset, s.line, s.order = f, 0, 1, dhcpdleases.Unknown
	return nil
}

func (s *source) close() {
	if s.file != nil {
		s.file.Close() // it was only read
	}
}

// read gives the entries that are complete. One that is cut off by the end of the
// file is left for later: dhcpd is writing it.
func (s *source) read(ctx context.Context, use func(dhcpdleases.Entry), broken func(*dhcpdleases.SyntaxError, bool)) error {
	input := io.NewSectionReader(s.file, s.offset, 1<<62)
	opts := dhcpdleases.Options{Name: s.name, Offset: s.offset, Line: s.line, ByteOrder: s.order}
	n := 0
	for entry, err := range dhcpdleases.Read(input, opts) {
		if err != nil {
			var bad *dhcpdleases.SyntaxError
			if !errors.As(err, &bad) {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if bad.Truncated {
				return nil
			}
			broken(bad, entry != nil)
			s.offset, s.line = bad.End, bad.EndLine
			if entry == nil {
				continue
			}
		}
		if order, ok := entry.(*dhcpdleases.ByteOrder); ok {
			s.order = dhcpdleases.LittleEndian
			if order.Big {
				s.order = dhcpdleases.BigEndian
			}
		}
		use(entry)
		place := entry.Position()
		s.offset, s.line = place.End, place.EndLine
		if n++; n%entriesPerCheck == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// next gives what is new. When dhcpd has written the file anew it says so between
// the rest of the old file and the new one.
func (s *source) next(ctx context.Context, use func(dhcpdleases.Entry), broken func(*dhcpdleases.SyntaxError, bool), anew func()) error {
	now, err := os.Stat(s.name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// Between two renames there is no file for a moment; the old one is open.
	replaced := err == nil && !s.is(now)
	if err := s.read(ctx, use, broken); err != nil || !replaced {
		return err
	}
	if err := s.reopen(); err != nil {
		return err
	}
	anew()
	return s.read(ctx, use, broken)
}

// is reports whether the open file is the one that info is about, and has not
// been cut.
func (s *source) is(info fs.FileInfo) bool {
	mine, err := s.file.Stat()
	return err == nil && os.SameFile(mine, info) && info.Size() >= s.offset
}

// position returns how far the file has been read.
func (s *source) position() position {
	p := position{Version: positionVersion, Source: s.name, Offset: s.offset, Line: s.line, ByteOrder: s.order}
	if info, err := s.file.Stat(); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			p.Device, p.Inode = uint64(stat.Dev), stat.Ino
		}
	}
	return p
}

// resume goes on where an earlier run has stopped, if the file is the same one,
// and reports whether it is.
func (s *source) resume(earlier *position) bool {
	now := s.position()
	info, err := s.file.Stat()
	if err == nil && now.Device == earlier.Device && now.Inode == earlier.Inode && info.Size() >= earlier.Offset {
		s.offset, s.line, s.order = earlier.Offset, max(earlier.Line, 1), earlier.ByteOrder
		return true
	}
	return false
}

// readState returns what an earlier run has left, nil if there was none.
func readState(name string) (*position, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var p position
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil || p.Version != positionVersion || p.Offset < 0 {
		return nil, fmt.Errorf("%s is not what an earlier run has left there; take it away to begin anew", name)
	}
	return &p, nil
}

// writeState leaves word for a later run, in one step.
func writeState(name string, p position) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return replaceFile(name, 0o640, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}
