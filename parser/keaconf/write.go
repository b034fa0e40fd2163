package keaconf

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

const (
	indentWidth = 2
	lineWidth   = 120 // objects and lists that fit stand on one line
	flushSize   = 64 << 10
	maxFree     = 200 // nesting of a free-form value that is written
)

// Writer writes configurations the way Kea's operators keep them: keys in the
// order of the model, "//" comments, small objects on one line. The same
// configuration gives the same bytes.
type Writer struct {
	w       io.Writer
	target  keaversion.Version
	buf     []byte // not yet written
	err     error
	newline int // start of the current line in buf; negative when already written
	depth   int
	limit   int  // flat only: how long buf may become
	flat    bool // everything goes on one line
	failed  bool // flat only: it does not fit on one line
	lines   *lineIndex
}

// NewWriter returns a writer of files for the version target, which decides on
// the spelling of keys that had two ("output_options" up to 2.2).
func NewWriter(w io.Writer, target keaversion.Version) *Writer {
	return &Writer{w: w, target: target}
}

// Write writes a configuration in one go; see Writer.
func Write(w io.Writer, c Config, target keaversion.Version) error {
	return NewWriter(w, target).Write(c)
}

// RecordLines makes Write remember where it puts things, for Line.
func (w *Writer) RecordLines() { w.lines = &lineIndex{line: 1} }

// Line returns the line, counted from 1, of what the JSON pointer (RFC 6901)
// names in the last configuration written, or of the nearest thing around it.
// It is 0 unless RecordLines was called before Write.
func (w *Writer) Line(pointer string) int {
	if w.lines == nil {
		return 0
	}
	return w.lines.find(pointer)
}

// Write writes the whole file. Errors are those of the underlying writer, and
// values in an Object that JSON does not have.
func (w *Writer) Write(c Config) error {
	v := reflect.ValueOf(c).Elem()
	l := layouts[v.Type()]
	w.buf, w.err, w.depth, w.newline, w.flat = w.buf[:0], nil, 0, 0, false
	if w.lines != nil {
		*w.lines = lineIndex{line: 1}
		w.lines.open("")
	}
	w.comments(commentsOf(l, v))
	w.buf = append(w.buf, '{')
	w.depth++
	w.nextLine()
	w.key(c.Daemon().TopKey())
	w.object(l, v)
	w.depth--
	w.nextLine()
	w.buf = append(w.buf, '}', '\n')
	if w.lines != nil {
		w.lines.close()
	}
	w.flush()
	return w.err
}

func (w *Writer) flush() {
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.w.Write(w.buf)
	}
	w.newline -= len(w.buf)
	w.buf = w.buf[:0]
}

// nextLine ends the line and indents the next one.
func (w *Writer) nextLine() {
	if w.flat {
		w.buf = append(w.buf, ' ')
		w.failed = w.failed || len(w.buf) > w.limit
		return
	}
	w.buf = append(w.buf, '\n')
	if len(w.buf) >= flushSize {
		w.flush()
	}
	w.newline = len(w.buf)
	if w.lines != nil {
		w.lines.line++
	}
	for range w.depth * indentWidth {
		w.buf = append(w.buf, ' ')
	}
}

// comments writes comment lines and stays at the start of a line.
func (w *Writer) comments(lines []string) {
	if len(lines) == 0 {
		return
	}
	if w.flat {
		w.failed = true
		return
	}
	for _, s := range lines {
		w.buf = append(w.buf, '/', '/')
		if s != "" {
			w.buf = append(w.buf, ' ')
		}
		for i := range len(s) {
			if c := s[i]; c < ' ' && c != '\t' {
				w.buf = append(w.buf, ' ')
			} else {
				w.buf = append(w.buf, c)
			}
		}
		w.nextLine()
	}
}

func (w *Writer) key(k string) {
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, k...)
	w.buf = append(w.buf, '"', ':', ' ')
	if w.lines != nil && !w.flat {
		w.lines.open(k)
	}
}

// endKey ends what key began.
func (w *Writer) endKey() {
	if w.lines != nil && !w.flat {
		w.lines.close()
	}
}

// oneLine writes f on the rest of the line if it fits, and undoes it if not.
func (w *Writer) oneLine(f func()) bool {
	if w.flat {
		f()
		return true
	}
	start := len(w.buf)
	// A comma may follow.
	w.flat, w.failed, w.limit = true, false, w.newline+lineWidth-1
	f()
	w.flat = false
	if w.failed || len(w.buf) > w.limit {
		w.buf = w.buf[:start]
		return false
	}
	return true
}

// object writes a struct. Its comments are written already.
func (w *Writer) object(l *layout, v reflect.Value) {
	if l.short && w.oneLine(func() { w.members(l, v) }) {
		return
	}
	w.members(l, v)
}

func (w *Writer) members(l *layout, v reflect.Value) {
	var notes map[string][]string
	if l.notes != nil {
		if f := v.FieldByIndex(l.notes); f.Len() > 0 {
			notes = f.Interface().(map[string][]string)
		}
	}
	w.buf = append(w.buf, '{')
	w.depth++
	n := w.fields(l, v, 0, notes)
	w.depth--
	if n > 0 {
		w.nextLine()
	}
	w.buf = append(w.buf, '}')
}

// fields writes the keys of l that are there; n are written before.
func (w *Writer) fields(l *layout, v reflect.Value, n int, notes map[string][]string) int {
	for i := range l.fields {
		f := &l.fields[i]
		fv := v.Field(f.index)
		if f.kind == kindPart {
			if fv.Kind() == reflect.Pointer {
				if fv.IsNil() {
					continue
				}
				fv = fv.Elem()
			}
			n = w.fields(f.child, fv, n, notes)
			continue
		}
		if absent(f.kind, fv) {
			continue
		}
		if w.flat && w.failed {
			return n // it will be undone
		}
		if n > 0 {
			w.buf = append(w.buf, ',')
		}
		n++
		w.nextLine()
		w.comments(notes[f.key])
		key := f.key
		if f.alias != "" && w.target != 0 && w.target < keaversion.V2_6 {
			key = f.alias
		}
		if f.kind == kindObject {
			w.comments(commentsOf(f.child, fv.Elem()))
		}
		w.key(key)
		w.value(f, fv)
		w.endKey()
	}
	return n
}

func absent(k kind, v reflect.Value) bool {
	switch k {
	case kindString:
		return v.Len() == 0
	case kindUint:
		return v.Uint() == 0
	}
	return v.IsNil()
}

func (w *Writer) value(f *field, v reflect.Value) {
	switch f.kind {
	case kindString:
		w.string(v.String())
	case kindText:
		w.string(v.Elem().String())
	case kindBool:
		w.buf = strconv.AppendBool(w.buf, v.Elem().Bool())
	case kindFloat:
		w.float(v.Elem().Float())
	case kindUint:
		w.buf = strconv.AppendUint(w.buf, v.Uint(), 10)
	case kindUintPtr:
		w.buf = strconv.AppendUint(w.buf, v.Elem().Uint(), 10)
	case kindStrings:
		w.list(v.Len(), func(i int) { w.string(v.Index(i).String()) })
	case kindAnys:
		w.list(v.Len(), func(i int) { w.free(v.Index(i).Interface(), 0) })
	case kindFree:
		w.free(v.Interface(), 0)
	case kindObject:
		w.object(f.child, v.Elem())
	case kindObjects:
		w.objects(f.child, v)
	}
}

// objects writes a list with a line, or several, per object.
func (w *Writer) objects(l *layout, v reflect.Value) {
	w.buf = append(w.buf, '[')
	w.depth++
	for i := range v.Len() {
		if w.flat && w.failed {
			break
		}
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.nextLine()
		e := v.Index(i)
		w.comments(commentsOf(l, e))
		if w.lines != nil && !w.flat {
			w.lines.open("")
		}
		w.object(l, e)
		w.endKey()
	}
	w.depth--
	if v.Len() > 0 {
		w.nextLine()
	}
	w.buf = append(w.buf, ']')
}

func commentsOf(l *layout, v reflect.Value) []string {
	if l.comments == nil {
		return nil
	}
	f := v.FieldByIndex(l.comments)
	if f.Len() == 0 {
		return nil
	}
	return f.Interface().([]string)
}

// list writes a list of n values, on one line if it fits.
func (w *Writer) list(n int, elem func(i int)) {
	all := func() {
		w.buf = append(w.buf, '[')
		w.depth++
		for i := range n {
			if w.flat && w.failed {
				break
			}
			if i > 0 {
				w.buf = append(w.buf, ',')
			}
			w.nextLine()
			elem(i)
		}
		w.depth--
		if n > 0 {
			w.nextLine()
		}
		w.buf = append(w.buf, ']')
	}
	if !w.oneLine(all) {
		all()
	}
}

// free writes a free-form value.
func (w *Writer) free(value any, depth int) {
	if depth > maxFree {
		w.fail(errors.New("a free-form value is nested too deeply"))
		return
	}
	switch x := value.(type) {
	case nil:
		w.buf = append(w.buf, "null"...)
	case bool:
		w.buf = strconv.AppendBool(w.buf, x)
	case string:
		w.string(x)
	case int:
		w.buf = strconv.AppendInt(w.buf, int64(x), 10)
	case int64:
		w.buf = strconv.AppendInt(w.buf, x, 10)
	case uint32:
		w.buf = strconv.AppendUint(w.buf, uint64(x), 10)
	case float64:
		w.float(x)
	case []string:
		w.list(len(x), func(i int) { w.string(x[i]) })
	case []any:
		w.list(len(x), func(i int) { w.free(x[i], depth+1) })
	case Object:
		w.freeMembers(x, depth)
	case map[string]any:
		o := make(Object, 0, len(x))
		for _, k := range slices.Sorted(maps.Keys(x)) {
			o = append(o, Member{k, x[k]})
		}
		w.freeMembers(o, depth)
	default:
		w.fail(fmt.Errorf("a free-form value of type %T cannot be written", value))
	}
}

func (w *Writer) freeMembers(o Object, depth int) {
	all := func() {
		w.buf = append(w.buf, '{')
		w.depth++
		for i, m := range o {
			if w.flat && w.failed {
				break
			}
			if i > 0 {
				w.buf = append(w.buf, ',')
			}
			w.nextLine()
			w.string(m.Key)
			w.buf = append(w.buf, ':', ' ')
			w.free(m.Value, depth+1)
		}
		w.depth--
		if len(o) > 0 {
			w.nextLine()
		}
		w.buf = append(w.buf, '}')
	}
	if !w.oneLine(all) {
		all()
	}
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// float writes a number that Kea takes for a float: it wants a point or an
// exponent where its grammar has a float, and refuses "1".
func (w *Writer) float(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		w.fail(fmt.Errorf("%v cannot be written as a number", f))
		return
	}
	start := len(w.buf)
	w.buf = strconv.AppendFloat(w.buf, f, 'f', -1, 64)
	if !slices.Contains(w.buf[start:], '.') {
		w.buf = append(w.buf, '.', '0')
	}
}

// string writes a string so that Kea reads the same bytes. Kea's strings are
// bytes: \u00XX stands for the byte XX and not for a character, so that bytes
// that are no UTF-8 can be written in a file that is.
func (w *Writer) string(s string) {
	if w.flat && len(w.buf)+len(s) > w.limit {
		w.failed = true
		return
	}
	w.buf = appendString(w.buf, s)
}

const hexDigits = "0123456789abcdef"

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			if r, n := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
		} else if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		from = i
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}
