package translator

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// asciiForm is what a call of binary-to-ascii asks for.
type asciiForm struct {
	base, width int64
	sep         []byte
	of          dhcpdconf.Expr
}

func asciiFormOf(e dhcpdconf.Expr) (asciiForm, bool) {
	call, ok := e.(*dhcpdconf.Call)
	if !ok || call.User || call.Name != "binary-to-ascii" || len(call.Args) != 4 {
		return asciiForm{}, false
	}
	base, ok1 := model.Fold(call.Args[0])
	width, ok2 := model.Fold(call.Args[1])
	sep, ok3 := model.Fold(call.Args[2])
	f := asciiForm{base.Num, width.Num, sep.Data, call.Args[3]}
	return f, ok1 && ok2 && ok3 && base.Numeric && width.Numeric && !sep.Numeric &&
		f.base >= 2 && f.base <= 36 && (f.width == 8 || f.width == 16 || f.width == 32)
}

// equalText compares a text made by binary-to-ascii with a constant: the
// constant is read back into bytes, because Kea writes hexadecimal octets with
// two digits and dhcpd without leading zeros.
func (x expressions) equalText(e, constant dhcpdconf.Expr, depth int) (string, bool, error) {
	form, ok := asciiFormOf(e)
	if !ok {
		return "", false, nil
	}
	text, ok := model.Fold(constant)
	if !ok || text.Numeric {
		return "", false, nil
	}
	of, err := x.data(form.of, depth+1)
	if err != nil {
		return "", false, err
	}
	if of.isConst {
		return "", false, nil
	}
	values, ok := form.read(text.Data, of)
	if !ok {
		return "", false, nil
	}
	var tests []string
	for _, raw := range values {
		tests = append(tests, of.equals(constantData(raw)))
	}
	// None: binary-to-ascii never writes this text.
	return anyTest(tests), true, nil
}

// maxReadings bounds in how many ways the digits of a text may be divided.
const maxReadings = 64

// read turns the output of binary-to-ascii back into bytes, in every way that
// the data may have been; ok is false when there are too many.
func (f asciiForm) read(text []byte, of keaData) (values [][]byte, ok bool) {
	fits := func(raw []byte) bool {
		return (of.most == 0 || len(raw) <= of.most) && (of.length == 0 || len(raw) == of.length)
	}
	if len(text) == 0 {
		if fits(nil) {
			values = append(values, nil)
		}
		return values, true
	}
	if len(f.sep) == 0 {
		return f.divide(text, nil, fits, 0)
	}
	var raw []byte
	for part := range bytes.SplitSeq(text, f.sep) {
		n, canonical := f.chunk(part)
		if !canonical {
			return nil, true
		}
		raw = append(raw, n...)
	}
	if fits(raw) {
		values = append(values, raw)
	}
	return values, true
}

// chunk reads one number as binary-to-ascii writes it: without leading zeros.
func (f asciiForm) chunk(digits []byte) (raw []byte, ok bool) {
	n, err := strconv.ParseUint(string(digits), int(f.base), int(f.width))
	if err != nil || strconv.FormatUint(n, int(f.base)) != string(digits) {
		return nil, false
	}
	return bigEndian(n, int(f.width/8)), true
}

// divide reads digits between which nothing stands.
func (f asciiForm) divide(text, before []byte, fits func([]byte) bool, depth int) (values [][]byte, ok bool) {
	if len(text) == 0 {
		if fits(before) {
			return [][]byte{before}, true
		}
		return nil, true
	}
	if depth > maxReadings {
		return nil, false
	}
	for n := 1; n <= len(text); n++ {
		raw, canonical := f.chunk(text[:n])
		if !canonical {
			if text[0] == '0' {
				break // longer ones have a leading zero too
			}
			if n > 1 {
				break // and longer ones are still greater
			}
			return nil, true
		}
		more, ok := f.divide(text[n:], append(bytes.Clone(before), raw...), fits, depth+1)
		if !ok || len(values)+len(more) > maxReadings {
			return nil, false
		}
		values = append(values, more...)
	}
	return values, true
}

// maxChunks is the longest data that are written out number by number.
const maxChunks = 32

// ascii writes bytes as numbers. Kea has functions for the decimal numbers of
// given bytes, so those of data of limited length can be written one by one;
// for hexadecimal ones it has two digits, of which a leading zero is dropped.
func (x expressions) ascii(e *dhcpdconf.Call, depth int) (keaData, error) {
	f, ok := asciiFormOf(e)
	if !ok {
		return keaData{}, cannot(e, "base, width and separator of binary-to-ascii are not constants that it takes")
	}
	of, err := x.data(f.of, depth+1)
	if err != nil {
		return keaData{}, err
	}
	if of.null {
		return noData(), nil
	}
	if f.base == 10 && f.width == 8 && string(f.sep) == "." && of.length == 4 {
		return keaData{text: "addrtotext(" + of.text + ")", exists: of.exists, some: true, most: len("255.255.255.255")}, nil
	}
	bytesEach := int(f.width / 8)
	if f.base != 10 && (f.base != 16 || bytesEach != 1) {
		return keaData{}, cannot(e, "Kea writes no numbers with base %d of %d bits", f.base, f.width)
	}
	if of.most == 0 || of.most/bytesEach > maxChunks || bytesEach > 1 && (of.length == 0 || of.length%bytesEach != 0) {
		return keaData{}, cannot(e, "Kea writes bytes as numbers one by one, and it is not known how many these are")
	}
	out := keaData{exists: of.exists, some: of.some}
	for i := 0; i < of.most; i += bytesEach {
		part := of.text
		if of.most > bytesEach {
			part = fmt.Sprintf("substring(%s,%d,%d)", of.text, i, bytesEach)
		}
		digits := fmt.Sprintf("uint%dtotext(%s)", f.width, part)
		if f.base == 16 {
			hex := "hexstring(" + part + ", '')"
			digits = fmt.Sprintf("ifelse(substring(%s,0,1) == '0', substring(%s,1,1), %s)", hex, hex, hex)
		}
		if i == 0 {
			out.text = digits
			continue
		}
		if len(f.sep) > 0 {
			digits = "concat(" + literal(f.sep) + ", " + digits + ")"
			if of.length == 0 {
				digits = fmt.Sprintf("ifelse(%s == '', '', %s)", part, digits)
			}
		}
		out.text = "concat(" + out.text + ", " + digits + ")"
	}
	out.filled = len(of.exists) > 0 && (of.filled || of.length > 0 && len(f.sep) > 0)
	longest := len(strconv.FormatUint(1<<f.width-1, int(f.base)))
	out.most = of.most/bytesEach*(longest+len(f.sep)) - len(f.sep)
	return out, nil
}
