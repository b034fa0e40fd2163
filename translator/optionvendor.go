package translator

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
)

// The options that hold options of vendors (RFC 2132 section 8.4, RFC 3925
// section 4, RFC 8415 section 21.17).
const (
	optionVendorEncapsulated = 43  // DHCPv4
	optionVendorSpecific     = 125 // DHCPv4
	optionVendorOpts         = 17  // DHCPv6
)

// severalVendorsSince is the first version that sends options 125 and 17 for
// more than one enterprise number.
const severalVendorsSince = keaversion.V2_6

// maxNesting bounds how deep options are put into each other.
const maxNesting = 8

// notSent is a space of dhcpd's own whose options it takes and, measured, never
// sends, whatever else is set.
const notSent = "nwip"

// findContainers finds which options of the packet hold which spaces.
func (o *optionPass) findContainers() {
	o.containers = map[string][]uint32{}
	o.nested = map[string][]*option.Def{}
	o.holds = map[uint32]string{}
	for _, space := range o.table.Spaces() {
		space = strings.ToLower(space)
		if space == "server" {
			continue
		}
		for _, name := range o.table.Names(space) {
			d, ok := o.table.Lookup(space, name)
			if !ok {
				continue
			}
			inner, ok := d.Encapsulates()
			inner = strings.ToLower(inner)
			if !ok || inner == "" || inner == notSent {
				continue
			}
			if space != o.space {
				o.nested[space] = append(o.nested[space], d)
			} else if current, _ := o.table.ByCode(space, d.Code); current == d {
				o.holds[d.Code] = inner
			}
		}
		slices.SortFunc(o.nested[space], func(a, b *option.Def) int { return cmp.Compare(a.Code, b.Code) })
	}
	for code, space := range o.holds {
		for _, s := range o.spacesIn(space) {
			o.containers[s] = append(o.containers[s], code)
		}
	}
	for _, codes := range o.containers {
		slices.Sort(codes)
	}
}

// spacesIn returns a space and those that stand in it, at any depth.
func (o *optionPass) spacesIn(space string) []string {
	all := []string{space}
	for i := 0; i < len(all); i++ {
		for _, d := range o.nested[all[i]] {
			inner, _ := d.Encapsulates()
			if inner = strings.ToLower(inner); !slices.Contains(all, inner) {
				all = append(all, inner)
			}
		}
	}
	return all
}

// inside reports whether a space is outer or stands in it.
func (o *optionPass) inside(space, outer string) bool {
	return slices.Contains(o.spacesIn(outer), space)
}

// optionBucket is the bucket of dhcpd's hash table that a code falls into:
// dhcpd writes the options of a space bucket by bucket.
func optionBucket(code uint32) uint32 {
	const (
		exponent = 5
		mask     = 1<<exponent - 1
		buckets  = 17
	)
	return (code&mask + code>>exponent&mask) % buckets
}

// inOrder returns the options that are set in a space in the order in which
// dhcpd writes them: by bucket, and within one the last set first.
func (o *optionPass) inOrder(s *optionState, space string) []optionID {
	keys := s.keys(func(k optionID) bool { return k.space == space })
	slices.Reverse(keys)
	slices.SortStableFunc(keys, func(a, b optionID) int {
		return cmp.Compare(optionBucket(a.code), optionBucket(b.code))
	})
	return keys
}

// encapsulate gives the content of an option that holds a space, or nil when
// dhcpd does not send it: only spaces in which something is set directly are
// sent, with what stands in their own options, and options without content are
// left out.
func (o *optionPass) encapsulate(s *optionState, space string, depth int) *optionValue {
	sp, ok := o.table.Space(space)
	if !ok || depth > maxNesting {
		return nil
	}
	keys := o.inOrder(s, space)
	if len(keys) == 0 {
		return nil
	}
	all := &optionValue{}
	for _, k := range keys {
		v := s.get(k)
		all.from = append(all.from, v.from...)
		if !v.missing {
			all.wire = append(all.wire, o.pack(sp, k.code, v)...)
		}
	}
	for _, d := range o.nested[space] {
		if s.get(optionID{space, d.Code}) != nil {
			continue
		}
		inner, _ := d.Encapsulates()
		if v := o.encapsulate(s, strings.ToLower(inner), depth+1); v != nil {
			all.from = append(all.from, v.from...)
			all.wire = append(all.wire, o.pack(sp, d.Code, v)...)
		}
	}
	return all
}

// pack gives one option with its code and length; options without content are
// left out.
func (o *optionPass) pack(sp *option.Space, code uint32, v *optionValue) []byte {
	if len(v.wire) == 0 {
		return nil
	}
	wire, err := sp.Pack([]option.Suboption{{Code: code, Data: v.wire}})
	if err != nil {
		last := v.from[len(v.from)-1]
		o.unreadable[last] = err
		o.speakFor(last)
	}
	return wire
}

// isVendor reports whether an option of the packet holds the options of
// vendors by their enterprise numbers.
func (o *optionPass) isVendor(code uint32) bool {
	if o.v6() {
		return code == optionVendorOpts
	}
	return code == optionVendorSpecific
}

// vendorValue gives the content of option 125 or 17. In DHCPv4 dhcpd sends it
// only if something is set in the space "vendor" itself; in DHCPv6 the options
// of the enterprises are enough.
func (o *optionPass) vendorValue(s *optionState, space string) *optionValue {
	if !o.v6() {
		return o.encapsulate(s, space, 0)
	}
	all := &optionValue{}
	add := func(code uint32, v *optionValue) {
		all.from = append(all.from, v.from...)
		if !v.missing && len(v.wire) > 0 {
			all.wire = append(binary.BigEndian.AppendUint32(all.wire, code), v.wire...)
			all.parts = append(all.parts, vendorPart{code, v.wire})
		}
	}
	for _, k := range o.inOrder(s, space) {
		add(k.code, s.get(k))
	}
	for _, d := range o.nested[space] {
		inner, _ := d.Encapsulates()
		if v := o.encapsulate(s, strings.ToLower(inner), 1); v != nil && s.get(optionID{space, d.Code}) == nil {
			add(d.Code, v)
		}
	}
	if len(all.from) == 0 {
		return nil
	}
	return all
}

// vendorPart is what one enterprise has in option 125 or 17.
type vendorPart struct {
	enterprise uint32
	content    []byte
}

// vendorParts takes the bytes of option 125 or 17 apart.
func (o *optionPass) vendorParts(v *optionValue) ([]vendorPart, error) {
	if v.parts != nil {
		return v.parts, nil
	}
	wire := v.wire
	if o.v6() {
		if len(wire) < 4 {
			return nil, errors.New("an enterprise number takes four bytes")
		}
		return []vendorPart{{binary.BigEndian.Uint32(wire), wire[4:]}}, nil
	}
	var parts []vendorPart
	for len(wire) > 0 {
		if len(wire) < 5 || len(wire) < 5+int(wire[4]) {
			return nil, errors.New("an enterprise number, a length and as many bytes must follow each other (RFC 3925)")
		}
		end := 5 + int(wire[4])
		parts = append(parts, vendorPart{binary.BigEndian.Uint32(wire), wire[5:end]})
		wire = wire[end:]
	}
	return parts, nil
}

// vendorData writes option 125 or 17 in the form that Kea sends whole: the
// enterprise number, and the options in the space "vendor-NUMBER", which are
// sent with it whether the client names them or not. Of digits Kea sends only
// the number, except in 2.2.
func (w *placeWriter) vendorData(code uint32, v *optionValue) ([]keaconf.OptionData, error) {
	parts, err := w.vendorParts(v)
	if err != nil {
		return nil, err
	}
	if len(parts) > 1 && w.opts.Target < severalVendorsSince {
		return nil, fmt.Errorf("version %s of Kea sends the options of one enterprise only", w.opts.Target)
	}
	container, _ := w.keaDef(code)
	form := option.Space{Name: "vendor", CodeWidth: 1, LengthWidth: 1}
	if w.v6() {
		form.CodeWidth, form.LengthWidth = 2, 2
	}
	var data []keaconf.OptionData
	seen := map[string]bool{}
	for _, part := range parts {
		space := fmt.Sprintf("vendor-%d", part.enterprise)
		if seen[space] {
			return nil, fmt.Errorf("the enterprise %d is there twice", part.enterprise)
		}
		seen[space] = true
		data = append(data, keaconf.OptionData{Name: container.Name, Data: fmt.Sprint(part.enterprise)})
		inner, err := form.Unpack(part.content)
		if err != nil {
			return nil, fmt.Errorf("what the enterprise %d has is not a list of options: %w", part.enterprise, err)
		}
		for _, opt := range inner {
			key := fmt.Sprint(space, ".", opt.Code)
			if seen[key] {
				return nil, fmt.Errorf("option %d of the enterprise %d is there twice", opt.Code, part.enterprise)
			}
			seen[key] = true
			d, known := option.KeaLookup(w.family, space, opt.Code, w.opts.Target)
			if !known {
				d = option.KeaDef{Family: w.family, Space: space, Code: opt.Code}
			}
			text := fmt.Sprintf("%X", opt.Data)
			if err := proveData(d, text, false, opt.Data); err != nil {
				return nil, fmt.Errorf("option %d of the enterprise %d: %w", opt.Code, part.enterprise, err)
			}
			data = append(data, keaconf.OptionData{
				Code: new(uint16(opt.Code)), Space: space, CSVFormat: new(false), Data: text, AlwaysSend: new(true),
			})
		}
	}
	return data, nil
}

// unreachable speaks for an option that no option of the packet holds at any
// place of the result.
func (o *optionPass) unreachable(st *dhcpdconf.OptionSet, space string, selected map[string]bool) {
	if selected[space] {
		f := Finding{
			Code: "option-space-in-class", Severity: S3, Verdict: Manual,
			Fields:  []string{fmt.Sprintf("option %d", optionVendorEncapsulated)},
			Clients: "members of the class that names the option space",
			Message: fmt.Sprintf("the option is sent within option 43 where \"vendor-option-space %s;\" holds, which is in a class or condition that was not translated.", space),
			Remedy:  "give the client class option 43 with these options in it",
		}
		if slices.ContainsFunc(o.vendors, func(c vendorClass) bool { return o.inside(space, c.space) }) {
			if o.opts.Target >= taggedOptionsSince {
				o.noEffect(st)
				return
			}
			f.Message = fmt.Sprintf("a class or condition names the option space %s; Kea %s cannot tie the option of a subnet, pool or host to a class, and another option 43 is in the way.", space, o.opts.Target)
			f.Remedy = "convert for Kea 3.0"
		}
		o.ledger.add(st, f, "")
		return
	}
	if space == hiddenSpace {
		o.ledger.add(st, Finding{
			Code: "option-not-sent", Severity: S1, Verdict: Ignored,
			Fields:  []string{fmt.Sprintf("option %d", o.key(st.Option).code)},
			Clients: "BOOTP clients", Audience: Audience{Messages: bootpMessages},
			Message: fmt.Sprintf("because of site-option-space dhcpd looks for options with codes from %d on in another space, and sends this one to BOOTP clients only.", o.siteFrom),
		}, "")
		return
	}
	o.ledger.add(st, Finding{
		Code: "option-not-sent", Severity: S1, Verdict: Ignored,
		Message: fmt.Sprintf("no option of the packet holds the option space %s here, so dhcpd does not send the option.", space),
	}, "")
}
