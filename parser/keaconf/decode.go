package keaconf

import (
	"fmt"
	"math"
	"reflect"

	"github.com/keamigrate/keamigrate/parser/suggest"
)

// Detect tells from its one top-level key which server a configuration is for.
// The fault says why it cannot be told.
func Detect(root *Node) (Daemon, *Fault) {
	fault := func(n *Node, span Span, msg string) (Daemon, *Fault) {
		return "", &Fault{Severity: Error, Span: span, Message: msg}
	}
	if root == nil {
		return fault(nil, Span{}, "the file is empty")
	}
	if root.Kind != Map || len(root.Items) == 0 {
		return fault(root, root.Span(), `a configuration begins with { "Dhcp4":, { "Dhcp6":, { "DhcpDdns": or { "Control-agent":`)
	}
	for i := range root.Items {
		for _, d := range Daemons() {
			if root.Items[i].Key == d.TopKey() {
				return d, nil
			}
		}
	}
	n := &root.Items[0]
	msg := fmt.Sprintf("%q is no server of Kea", clip(n.Key))
	var tops []string
	for _, d := range Daemons() {
		tops = append(tops, d.TopKey())
	}
	if s := suggest.Nearest(n.Key, tops); s != "" {
		msg += fmt.Sprintf("; did you mean %q?", s)
	} else {
		msg += "; use Dhcp4, Dhcp6, DhcpDdns or Control-agent"
	}
	return fault(n, n.KeySpan(), msg)
}

// Decode turns a tree into the model. Keys that the model does not have, and
// values of the wrong kind or range, are left out, with a fault each; of integers
// beyond 32 bits the lower ones stay, as in Kea. The configuration is nil if it cannot be told for which server it is.
func Decode(root *Node) (Config, Faults) {
	daemon, fault := Detect(root)
	if fault != nil {
		return nil, Faults{*fault}
	}
	var c Config
	switch daemon {
	case DaemonDHCP4:
		c = new(DHCP4)
	case DaemonDHCP6:
		c = new(DHCP6)
	case DaemonDDNS:
		c = new(D2)
	case DaemonCtrlAgent:
		c = new(ControlAgent)
	}
	var d decoder
	for i := range root.Items {
		n := &root.Items[i]
		if n.Key != daemon.TopKey() {
			d.fault(n.KeySpan(), "only %q may stand here", daemon.TopKey())
			continue
		}
		if d.is(n, Map) {
			v := reflect.ValueOf(c).Elem()
			d.members(n, layouts[v.Type()], v)
		}
	}
	return c, d.faults.list
}

type decoder struct {
	faults faultList
}

func (d *decoder) fault(at Span, format string, args ...any) {
	d.faults.add(Fault{Severity: Error, Span: at, Message: fmt.Sprintf(format, args...)})
}

// is reports whether n has the kind; if not there is a fault. What the reader
// could not read has its fault already.
func (d *decoder) is(n *Node, kinds ...Kind) bool {
	for _, k := range kinds {
		if n.Kind == k {
			return true
		}
	}
	if n.Kind != Invalid {
		d.fault(n.Span(), "%s is expected for %q, not %s", kinds[0], n.Key, n.Kind)
	}
	return false
}

func (d *decoder) members(n *Node, l *layout, v reflect.Value) {
	for i := range n.Items {
		m := &n.Items[i]
		f := l.byKey[m.Key]
		if f == nil {
			d.fault(m.KeySpan(), "unknown key %q", clip(m.Key))
			continue
		}
		fv := v
		for _, step := range f.path {
			if fv.Kind() == reflect.Pointer {
				if fv.IsNil() {
					fv.Set(reflect.New(fv.Type().Elem()))
				}
				fv = fv.Elem()
			}
			fv = fv.Field(step)
		}
		d.value(m, f, fv)
	}
}

func (d *decoder) value(n *Node, f *field, v reflect.Value) {
	switch f.kind {
	case kindString:
		if d.is(n, String) {
			v.SetString(n.Text)
		}
	case kindText:
		if d.is(n, String) {
			v.Set(reflect.ValueOf(new(n.Text)))
		}
	case kindBool:
		if d.is(n, Bool) {
			v.Set(reflect.ValueOf(new(n.Text == "true")))
		}
	case kindFloat:
		if d.is(n, Float, Int) {
			x, _ := n.Float()
			v.Set(reflect.ValueOf(&x))
		}
	case kindUint:
		d.uint(n, v)
	case kindUintPtr:
		p := reflect.New(v.Type().Elem())
		if d.uint(n, p.Elem()) {
			v.Set(p)
		}
	case kindStrings:
		if d.is(n, Array) {
			list := make([]string, 0, len(n.Items))
			for i := range n.Items {
				if d.is(&n.Items[i], String) {
					list = append(list, n.Items[i].Text)
				}
			}
			v.Set(reflect.ValueOf(list))
		}
	case kindAnys:
		if d.is(n, Array) {
			v.Set(reflect.ValueOf(n.Value()))
		}
	case kindFree:
		if d.is(n, Map) {
			v.Set(reflect.ValueOf(n.Value()))
		}
	case kindObject:
		if d.is(n, Map) {
			v.Set(reflect.New(f.child.typ))
			d.members(n, f.child, v.Elem())
		}
	case kindObjects:
		if d.is(n, Array) {
			list := reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items))
			for i := range n.Items {
				if d.is(&n.Items[i], Map) {
					d.members(&n.Items[i], f.child, list.Index(i))
				}
			}
			v.Set(list)
		}
	}
}

func (d *decoder) uint(n *Node, v reflect.Value) bool {
	if !d.is(n, Int) {
		return false
	}
	x, _ := n.Int()
	if limit := uint64(math.MaxUint64) >> (64 - v.Type().Bits()); x < 0 || uint64(x) > limit {
		d.fault(n.Span(), "%q is between 0 and %d", n.Key, limit)
		if limit != math.MaxUint32 {
			return false
		}
		x = int64(uint32(x)) // as Kea does
	}
	v.SetUint(uint64(x))
	return true
}
