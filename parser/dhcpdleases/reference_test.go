package dhcpdleases

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
)

// reference makes entries of what the grammar has read.
type reference struct {
	r     *Reader // for the values of single tokens
	wrong bool    // something is wrong that a grammar cannot say
	out   []string
}

func (f *reference) check(ok bool) { f.wrong = f.wrong || !ok }

// token reads a token's text again.
func (f *reference) token(text string) {
	*f.r = *newReader(strings.NewReader(text), Options{}, 4000)
	f.r.next()
	f.check(len(f.r.problems.list) == 0)
}

func (f *reference) text(quoted string) []byte {
	f.token(quoted)
	return bytes.Clone(f.r.value)
}

func (f *reference) number(word string, base, bits uint32) uint32 {
	f.token(word)
	n := f.r.convert(base, bits)
	f.check(len(f.r.problems.list) == 0)
	return n
}

func (f *reference) octets(words []string) []byte {
	list := []byte{}
	for _, w := range words {
		list = append(list, byte(f.number(w, 16, 8)))
	}
	return list
}

func (f *reference) data(d *dataSyntax) []byte {
	if d.Text != nil {
		return f.text(*d.Text)
	}
	return f.octets(d.Octets)
}

func (f *reference) address4(words []string) (a [4]byte) {
	for i, w := range words {
		a[i] = byte(f.number(w, 10, 8))
	}
	return a
}

func (f *reference) date(d *dateSyntax) int64 {
	switch {
	case d.Never:
		return Never
	case d.Epoch != "":
		return int64(atoi([]byte(d.Epoch)))
	}
	var n [7]int32
	for i, w := range d.Fields {
		n[i] = atoi([]byte(w))
	}
	if n[1] < 1 || n[1] > 12 {
		f.wrong = true
		return 0
	}
	return unixTime(n[0], n[1], n[2], n[3], n[4], n[5], n[6])
}

func (f *reference) set(vars *[]Variable, name string, v *valueSyntax, old bool) {
	f.token(name)
	f.check(old || !f.r.keyword)
	var value Value
	switch {
	case v.Text != nil:
		value = Value{Kind: Text, Data: f.text(*v.Text)}
	case v.Bool != "":
		value = Value{Kind: Bool, Bool: v.Bool == "true"}
	case v.Number != "":
		value = Value{Kind: Number, Number: atol([]byte(v.Number))}
	default:
		f.token(v.Octets[0])
		f.check(!f.r.keyword)
		value = Value{Kind: Hex, Data: f.octets(v.Octets)}
	}
	f.r.setVariable(vars, []byte(name), value)
}

func (f *reference) on(o *onSyntax) Event {
	e := Event{Empty: len(o.Body) == 0}
	for _, w := range o.Events {
		switch w {
		case "expiry":
			e.Expiry = true
		case "release":
			e.Release = true
		case "commit":
			e.Commit = true
		case "transmission":
			e.Transmission = true
		}
	}
	return e
}

func stateOf(word string) State {
	for s := Free; s <= Backup; s++ {
		if s.String() == word {
			return s
		}
	}
	return NoState
}

func (f *reference) lease(s *leaseSyntax) {
	l := &Lease4{Address: netip.AddrFrom4(f.address4(s.Address))}
	var seen uint32
	once := func(bit uint32) {
		f.check(seen&bit == 0)
		seen |= bit
	}
	for _, s := range s.Statements {
		switch {
		case s.Time != nil:
			t := map[string]struct {
				to  *int64
				bit uint32
			}{"starts": {&l.Starts, seenStarts}, "ends": {&l.Ends, seenEnds}, "tstp": {&l.TSTP, seenTSTP}, "tsfp": {&l.TSFP, seenTSFP},
				"atsfp": {&l.ATSFP, seenATSFP}, "cltt": {&l.CLTT, seenCLTT}}[s.Time.Word]
			*t.to = f.date(s.Time.Date)
			once(t.bit)
		case s.Binding != nil:
			state := stateOf(s.Binding.State)
			switch s.Binding.State {
			case "reserved":
				state, l.Reserved = Active, true
			case "bootp":
				state, l.BOOTP = Active, true
			}
			bit := map[string]uint32{"": seenState, "next": seenNext, "rewind": seenRewind}[s.Binding.Which]
			l.setState(state, bit, seen)
			once(bit)
		case s.Hardware != nil:
			types := map[string]byte{"ethernet": 1, "token-ring": 6, "fddi": 8, "infiniband": 32}
			n, ok := types[s.Hardware.Type]
			if number, unknown := strings.CutPrefix(s.Hardware.Type, "unknown-"); unknown {
				n, ok = byte(atoi([]byte(number))), true
			}
			f.check(ok && len(s.Hardware.Octets) <= maxHardware)
			l.HasHardware, l.HardwareType, l.Hardware = true, n, f.octets(s.Hardware.Octets)
			once(seenHardware)
		case s.UID != nil:
			l.HasUID, l.UID = true, f.data(s.UID)
			once(seenUID)
		case s.Hostname != nil:
			l.HasHostname, l.ClientHostname = true, []byte(s.Hostname.Name)
			if s.Hostname.Text != nil {
				l.ClientHostname = cString(f.text(*s.Hostname.Text))
			}
			once(seenHostname)
		case s.Set != nil:
			f.set(&l.Variables, s.Set.Name, s.Set.Value, false)
		case s.OldSet != nil:
			f.set(&l.Variables, s.OldSet.Name, s.OldSet.Value, true)
			once(map[string]uint32{"ddns-fwd-name": seenForward, "ddns-rev-name": seenReverse}[s.OldSet.Name])
		case s.Option != nil:
			f.option(l, s.Option)
		case s.On != nil:
			e := f.on(s.On)
			if !e.Empty && e.Expiry {
				once(seenExpiry)
			}
			if !e.Empty && e.Release {
				once(seenRelease)
			}
			l.Events = append(l.Events, e)
		case s.Class != nil:
			l.Billing = Billing{Given: true, Class: cString(f.text(*s.Class))}
			once(seenBilling)
		case s.Subclass != nil:
			l.Billing = Billing{Given: true, Subclass: true, Class: cString(f.text(s.Subclass.Class)), Data: f.data(s.Subclass.Data)}
			once(seenBilling)
		case s.Reserved:
			l.Reserved = true
		case s.BOOTP:
			l.BOOTP = true
		case s.Abandoned:
			l.State, l.Next = Abandoned, Abandoned
			once(seenState)
		case s.OldClass:
			once(seenClass)
		}
	}
	l.finish(seen)
	f.add(l)
}

func (f *reference) option(l *Lease4, s *optionSyntax) {
	code, format, ok := agentSuboption([]byte(s.Name))
	o := AgentOption{Code: code}
	switch {
	case !ok:
	case format == 'X' && s.Data != nil:
		o.Quoted = s.Data.Text != nil
		o.Data = f.data(s.Data)
	case format == 'I' && s.Address != nil:
		a := f.address4(s.Address)
		o.Data = a[:]
	case format == 'L' && s.Data != nil && len(s.Data.Octets) == 1:
		o.Data = binary.BigEndian.AppendUint32(nil, f.number(s.Data.Octets[0], 0, 32))
	case format == 'Z' && s.Data == nil && s.Address == nil:
	default:
		ok = false
	}
	f.check(ok)
	l.AgentOptions = append(l.AgentOptions, o)
}

func (f *reference) ia(s *iaSyntax, order Order) {
	ia := &IA{Kind: map[string]IAKind{"ia-na": NA, "ia-ta": TA, "ia-pd": PD}[s.Kind]}
	key := f.data(s.Key)
	if len(key) <= 5 || len(key) > maxKey || s.Key.Text != nil && len(key) == maxKey {
		f.wrong = true
		return
	}
	ia.setKey(key, order)
	for _, p := range s.Parts {
		if p.CLTT != nil {
			ia.CLTT = f.date(p.CLTT)
			continue
		}
		text := ""
		for i, t := range p.Address {
			f.check(i == 0 || t.Pos.Offset == p.Address[i-1].Pos.Offset+len(p.Address[i-1].Text))
			f.token(t.Text)
			f.check(f.r.kind == tokMark || allHex(f.r.value))
			text += t.Text
		}
		a, ok := parseAddress6([]byte(text))
		f.check(ok && len(text) <= maxAddress6 && (p.Word == "iaprefix") == (ia.Kind == PD) && (p.Length != "") == (ia.Kind == PD))
		bits := 128
		if p.Length != "" {
			bits = int(atoi([]byte(p.Length)))
		}
		b := Binding6{Prefix: netip.PrefixFrom(a, bits), Ends: -1}
		f.check(b.Prefix.IsValid() && b.Prefix.Masked() == b.Prefix)
		for _, s := range p.Statements {
			switch {
			case s.State != "":
				b.State = stateOf(s.State)
			case s.Preferred != "":
				b.Preferred = uint32(atoi([]byte(s.Preferred)))
			case s.Valid != "":
				b.Valid = uint32(atoi([]byte(s.Valid)))
			case s.Ends != nil:
				b.Ends = f.date(s.Ends)
			case s.Set != nil:
				f.set(&b.Variables, s.Set.Name, s.Set.Value, false)
			case s.On != nil:
				b.Events = append(b.Events, f.on(s.On))
			}
		}
		f.check(b.State != NoState && b.Ends != -1)
		ia.Bindings = append(ia.Bindings, b)
	}
	f.add(ia)
}

func (f *reference) failover(s *failoverSyntax) {
	e := &Failover{Name: []byte(s.Name)}
	if s.Name[0] == '"' {
		e.Name = cString(f.text(s.Name))
	}
	for _, p := range s.Parts {
		if p.MCLT != "" {
			e.HasMCLT, e.MCLT = true, int64(atoi([]byte(p.MCLT)))
			continue
		}
		known := false
		for _, name := range failoverStates {
			known = known || name == p.State
		}
		f.check(known)
		to := &e.My
		if p.Side == "partner" {
			to = &e.Partner
		}
		switch {
		case p.At == nil:
			*to = PeerState{State: p.State}
		default:
			if at := f.date(p.At); at != 0 {
				*to = PeerState{p.State, at}
			}
		}
	}
	f.add(e)
}

func (f *reference) file(s *fileSyntax) {
	order := Unknown
	for _, e := range s.Entries {
		switch {
		case e.Lease != nil:
			f.lease(e.Lease)
		case e.IA != nil:
			if order == Unknown {
				order = LittleEndian
			}
			f.ia(e.IA, order)
		case e.Failover != nil:
			f.failover(e.Failover)
		case e.DUID != nil:
			d := f.data(e.DUID)
			f.check(len(d) > 2 && len(d) <= maxDUID && (e.DUID.Text == nil || len(d) < maxDUID))
			f.add(&ServerDUID{DUID: d})
		case e.Order != "":
			f.check(order == Unknown)
			order = map[string]Order{"little-endian": LittleEndian, "big-endian": BigEndian}[e.Order]
			f.add(&ByteOrder{Big: order == BigEndian})
		case e.Declared != nil:
			f.add(&Declaration{Keyword: e.Declared.Keyword})
		}
	}
}

func (f *reference) add(e Entry) { f.out = append(f.out, unwritten(e)) }

// unwritten is the meaning of an entry without the text of blocks; the grammar
// has words in lower case.
func unwritten(e Entry) string {
	switch e := e.(type) {
	case *Lease4:
		for i := range e.Events {
			e.Events[i].Raw = nil
		}
	case *IA:
		for _, b := range e.Bindings {
			for i := range b.Events {
				b.Events[i].Raw = nil
			}
		}
	case *Declaration:
		e.Raw = nil
	}
	return strings.ToLower(meaning(e))
}

// checkReference compares the reader with the grammar: it must find fault where
// the grammar does, and read the same where there is none.
func checkReference(t *testing.T, text []byte) {
	t.Helper()
	if len(text) >= maxToken || bytes.IndexByte(text, 0xff) >= 0 {
		return // dhcpd's limits are no matter of the grammar
	}
	var read []string
	var fault error
	r := newReader(bytes.NewReader(text), Options{}, 4000)
	for {
		e, err := r.Next()
		if err == io.EOF {
			break
		}
		fault = errors.Join(fault, err)
		if e != nil {
			read = append(read, unwritten(e))
		}
	}
	f := reference{r: newReader(strings.NewReader(""), Options{}, 4000)}
	syntax, err := leaseGrammar().ParseBytes("", text)
	if err == nil {
		f.file(syntax)
	}
	if (err != nil || f.wrong) != (fault != nil) {
		t.Fatalf("the grammar says: %v (wrong in another way: %v), the reader: %v\n%q", err, f.wrong, fault, text)
	}
	if got, want := strings.Join(read, "\n"), strings.Join(f.out, "\n"); fault == nil && got != want {
		t.Fatalf("the reader has\n%s\nthe grammar\n%s\n%q", got, want, text)
	}
}
