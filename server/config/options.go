package config

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
)

// Option is an option that is ready to be sent.
type Option struct {
	Code    uint8
	Data    []byte
	Always  bool  // also to clients that do not ask
	Never   bool  // not even to clients that ask
	Classes []int // only for members of one of them; empty: for all
}

// Options are the options of a scope, by code; those of one code are in the order
// of the configuration.
type Options struct {
	list []Option
	has  [256 / 64]uint64 // a bit for each code that is in the list
	// Always are the codes of those that are sent unasked, Never of those that are
	// not sent even to clients that ask.
	Always, Never []uint8
	// Vendors are the options of enterprises, for option 125 (RFC 3925), by code.
	Vendors map[uint32][]Option
}

// Empty reports whether there are none.
func (o *Options) Empty() bool {
	return len(o.list) == 0 && len(o.Always) == 0 && len(o.Never) == 0 && len(o.Vendors) == 0
}

// Find returns the option of a code that a client gets: has tells whether the
// client is in one of some classes. Of those for classes that the client is in the
// last counts, and only where there is none the first of those for everybody: so
// does Kea 3.0.
func (o *Options) Find(code uint8, has func([]int) bool) (*Option, bool) {
	if o.has[code/64]&(1<<(code%64)) == 0 {
		return nil, false // as most scopes have it not
	}
	i, _ := slices.BinarySearchFunc(o.list, code, func(x Option, code uint8) int { return cmp.Compare(x.Code, code) })
	var found *Option
	for ; i < len(o.list) && o.list[i].Code == code; i++ {
		x := &o.list[i]
		switch {
		case len(x.Classes) == 0:
			if found == nil {
				found = x
			}
		case has(x.Classes):
			found = x
		}
	}
	return found, found != nil
}

// Each gives the options of a code that a client gets: has tells whether the
// client is in one of some classes.
func (o *Options) Each(code uint8, has func([]int) bool) iter.Seq[*Option] {
	return func(yield func(*Option) bool) {
		i, _ := slices.BinarySearchFunc(o.list, code, func(x Option, code uint8) int { return cmp.Compare(x.Code, code) })
		for ; i < len(o.list) && o.list[i].Code == code; i++ {
			x := &o.list[i]
			if (len(x.Classes) == 0 || has(x.Classes)) && !yield(x) {
				return
			}
		}
	}
}

// Len is how many options there are.
func (o *Options) Len() int { return len(o.list) }

// definitions are the options that a configuration can speak of.
type definitions struct {
	version keaversion.Version
	global  bool                       // it is the global scope whose options are looked at
	own     map[string][]option.KeaDef // by space
}

const (
	space4      = "dhcp4"
	vendorSpace = "vendor-encapsulated-options-space"
)

// define adds the definitions of a configuration.
func (d *definitions) define(defs []keaconf.OptionDef) {
	for _, o := range defs {
		space := cmp.Or(o.Space, space4)
		def := option.KeaDef{Family: option.V4, Space: space, Code: uint32(o.Code), Name: o.Name, Type: o.Type,
			Array: o.Array != nil && *o.Array, Encapsulate: o.Encapsulate}
		if o.RecordTypes != "" {
			def.RecordTypes = splitList(o.RecordTypes)
		}
		d.own[space] = append(d.own[space], def)
	}
}

func (d *definitions) byCode(space string, code uint32) (option.KeaDef, bool) {
	for _, def := range d.own[space] {
		if def.Code == code {
			return def, true
		}
	}
	return option.KeaLookup(option.V4, space, code, d.version)
}

func (d *definitions) byName(space, name string) (option.KeaDef, bool) {
	for _, def := range d.own[space] {
		if def.Name == name {
			return def, true
		}
	}
	return option.KeaByName(option.V4, space, name, d.version)
}

// with returns definitions that a class adds to these.
func (d *definitions) with(defs []keaconf.OptionDef) *definitions {
	if len(defs) == 0 {
		return d
	}
	more := &definitions{version: d.version, own: map[string][]option.KeaDef{}}
	more.define(defs)
	for space, own := range d.own {
		more.own[space] = append(more.own[space], own...)
	}
	return more
}

// spaced is an option with the space it is in.
type spaced struct {
	space string
	code  uint32
	def   option.KeaDef
	known bool
	Option
}

// encode makes the options of a scope. Options of other spaces become the content
// of those that encapsulate them.
func (d *definitions) encode(data []keaconf.OptionData, class func(string) int) (Options, error) {
	var all []spaced
	for i := range data {
		o, err := d.encodeOne(&data[i], class)
		if err != nil {
			return Options{}, err
		}
		all = append(all, o)
	}
	var out Options
	for _, o := range all {
		if o.space != space4 {
			continue
		}
		if o.code == 0 || o.code > 254 {
			return Options{}, fmt.Errorf("option code %d is not possible in DHCPv4", o.code)
		}
		if o.known && o.def.Encapsulate != "" {
			sub, err := d.encapsulated(all, o.def.Encapsulate, 0)
			if err != nil {
				return Options{}, err
			}
			o.Data = append(slices.Clip(o.Data), sub...)
		}
		if o.code == vendorOptions && len(o.Data) == 4 {
			o.Data = append(slices.Clip(o.Data), 0) // no options in it yet
		}
		o.Option.Code = uint8(o.code)
		out.list = append(out.list, o.Option)
	}
	slices.SortStableFunc(out.list, func(a, b Option) int { return cmp.Compare(a.Code, b.Code) })
	for _, o := range out.list {
		out.has[o.Code/64] |= 1 << (o.Code % 64)
		if o.Always && !slices.Contains(out.Always, o.Code) {
			out.Always = append(out.Always, o.Code)
		}
		if o.Never && !slices.Contains(out.Never, o.Code) {
			out.Never = append(out.Never, o.Code)
		}
	}
	var err error
	out.Vendors, err = d.vendors(all)
	return out, err
}

// vendorOptions is the option of vendors (RFC 3925).
const vendorOptions = 125

// vendors gathers the options of enterprises. An option that encapsulates others
// has them in it.
func (d *definitions) vendors(all []spaced) (map[uint32][]Option, error) {
	var out map[uint32][]Option
	for _, o := range all {
		number, ok := strings.CutPrefix(o.space, "vendor-")
		enterprise, err := strconv.ParseUint(number, 10, 32)
		if !ok || err != nil || o.code > 255 {
			continue
		}
		if o.known && o.def.Encapsulate != "" {
			sub, err := d.encapsulated(all, o.def.Encapsulate, 0)
			if err != nil {
				return nil, err
			}
			o.Data = append(slices.Clip(o.Data), sub...)
		}
		if len(o.Data) > 255 {
			return nil, fmt.Errorf("option %d of the space %q has %d bytes, and at most 255 fit", o.code, o.space, len(o.Data))
		}
		o.Option.Code = uint8(o.code)
		if out == nil {
			out = map[uint32][]Option{}
		}
		out[uint32(enterprise)] = append(out[uint32(enterprise)], o.Option)
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b Option) int { return cmp.Compare(a.Code, b.Code) })
	}
	return out, nil
}

// maxNesting is how deep options are put into options.
const maxNesting = 8

// encapsulated returns the options of a space as the content of an option.
func (d *definitions) encapsulated(all []spaced, space string, depth int) ([]byte, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("option space %q is nested too deep", space)
	}
	var inside []spaced
	for _, o := range all {
		if o.space == space {
			inside = append(inside, o)
		}
	}
	slices.SortStableFunc(inside, func(a, b spaced) int { return cmp.Compare(a.code, b.code) })
	var out []byte
	for i, o := range inside {
		if i > 0 && inside[i-1].code == o.code {
			continue // the first counts
		}
		content := o.Data
		if o.known && o.def.Encapsulate != "" {
			sub, err := d.encapsulated(all, o.def.Encapsulate, depth+1)
			if err != nil {
				return nil, err
			}
			content = append(slices.Clip(content), sub...)
		}
		if o.code > 255 || len(content) > 255 {
			return nil, fmt.Errorf("option %d of the space %q has %d bytes, and at most 255 fit", o.code, space, len(content))
		}
		out = append(append(out, byte(o.code), byte(len(content))), content...)
	}
	return out, nil
}

func (d *definitions) encodeOne(o *keaconf.OptionData, class func(string) int) (spaced, error) {
	out := spaced{space: cmp.Or(o.Space, space4)}
	switch {
	case o.Code != nil:
		out.code = uint32(*o.Code)
		out.def, out.known = d.byCode(out.space, out.code)
	case o.Name != "":
		out.def, out.known = d.byName(out.space, o.Name)
		if !out.known {
			if d.global && (o.CSVFormat == nil || *o.CSVFormat) {
				return out, plain("definition for the option '%s.%s' having code '0' does not exist", out.space, o.Name)
			}
			return out, plain("definition for the option '%s.%s' does not exist", out.space, o.Name)
		}
		out.code = out.def.Code
	default:
		return out, fmt.Errorf("an option has neither name nor code")
	}
	def := out.def
	if !out.known {
		def = option.KeaDef{Family: option.V4, Space: out.space, Code: out.code}
	}
	csv := o.CSVFormat == nil || *o.CSVFormat
	if csv && !out.known && (o.Data != "" || o.NeverSend != nil && *o.NeverSend && o.CSVFormat == nil) {
		return out, plain("definition for the option '%s.%s' having code '%d' does not exist", out.space, o.Name, out.code)
	}
	data, err := encodeData(def, o.Data, csv)
	if o.Data == "" && o.NeverSend != nil && *o.NeverSend {
		data, err = nil, nil // nobody will see it
	}
	if err != nil {
		return out, plain("option data does not match option definition (space: %s, code: %d): %v", out.space, out.code, err)
	}
	out.Data = data
	out.Always = o.AlwaysSend != nil && *o.AlwaysSend
	out.Never = o.NeverSend != nil && *o.NeverSend
	for _, name := range o.ClientClasses {
		out.Classes = append(out.Classes, class(name))
	}
	return out, nil
}
