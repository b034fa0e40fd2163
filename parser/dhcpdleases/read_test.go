package dhcpdleases

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// dump is all that a reader gives for a text, as text.
func dump(t testing.TB, input io.Reader, careful bool, size int) string {
	t.Helper()
	var b strings.Builder
	r := newReader(input, Options{Name: "leases"}, size)
	r.careful = careful
	for n := 0; ; n++ {
		e, err := r.Next()
		if err == io.EOF {
			fmt.Fprintf(&b, "end at %d, line %d, order %d\n", r.Offset(), r.Line(), r.ByteOrder())
			return b.String()
		}
		if e != nil {
			b.WriteString(show(e))
		}
		if err != nil {
			var broken *SyntaxError
			if !errors.As(err, &broken) {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "error %+v kept %v truncated %v\n%v\n", broken.Place, broken.Kept, broken.Truncated, err)
			if broken.Kept != (e != nil) {
				t.Errorf("kept is %v beside %T", broken.Kept, e)
			}
		}
	}
}

// show is an entry as text; empty and nil slices look alike.
func show(e Entry) string {
	return strings.ReplaceAll(fmt.Sprintf("%T %+v\n", e, e), "\x00", "\\0")
}

func checkAgree(t *testing.T, text []byte) {
	t.Helper()
	exact := dump(t, bytes.NewReader(text), true, 1000)
	for _, v := range []struct {
		input io.Reader
		size  int
	}{{bytes.NewReader(text), 4000}, {bytes.NewReader(text), 400}, {iotest.OneByteReader(bytes.NewReader(text)), 300}} {
		if fast := dump(t, v.input, false, v.size); fast != exact {
			t.Fatalf("with a buffer of %d, fast and exact differ for %q\nfast:\n%s\nexact:\n%s", v.size, text, fast, exact)
		}
	}
}

// seeds are texts from which the fuzzer starts: the table of cases, and what has
// a part of the language each.
func seeds() [][]byte {
	list := [][]byte{leases4(3), leases6(8)}
	for _, c := range brokenCases() {
		list = append(list, []byte(c.text))
	}
	for _, text := range []string{
		"lease 10.0.0.1 {\n  starts never;\n  ends epoch 1715839200; # Thu May 16 06:00:00 2024\n  tstp 4 2024/05/16 06:00:00 -3600;\n  tsfp 4 24/05/16 6:0:0;\n  atsfp 4 2039/01/01 00:00:00;\n}\n",
		"lease 10.0.0.1 { abandoned; reserved; dynamic-bootp; uid 1:2:ff; hardware token-ring 1:2; client-hostname a.b.c; }\n",
		"lease 10.0.0.1 {\n  set a = \"x\";\n  set b = true;\n  set c = %-12;\n  set d = a:b:1;\n  option agent.circuit-id 1:2;\n  option agent.remote-id \"r\\001\";\n  option agent.link-selection 10.0.0.0;\n  option agent.unknown-9 \"x\";\n}\n",
		"lease 10.0.0.1 {\n  billing class \"a\";\n  billing subclass \"a\" 1:2;\n  on expiry or release {\n    set x = \"}\";\n    if known { log(info, \"a\"); }\n  }\n  on commit;\n}\n",
		"authoring-byte-order big-endian;\nserver-duid \"\\000\\001abcdef\";\nia-ta 1:2:3:4:5:6:7 {\n  cltt never;\n  iaaddr 2001:db8::1 {\n    binding state released;\n    preferred-life 1 max-life 2\n    ends never;\n    on release { }\n    set x = \"y\";\n  }\n}\n",
		"host h {\n  dynamic;\n  hardware ethernet 2:0:0:0:0:1;\n  fixed-address 10.0.0.9;\n}\ngroup g { deleted; }\nclass \"c\" { match hardware; }\nsubclass \"c\" 1:2;\n",
		"failover peer \"p\" state {\n  my state partner-down at 4 2024/05/16 06:00:00;\n  partner state normal;\n  mclt 3600;\n}\n",
		"host\xffh;",
		"group g\"x\xff y;",
		"# comment\nlease\t10.0.0.1\r\n{\r\n\tends 4 2024/05/16 06:00:00;\r\n}\r\n",
	} {
		list = append(list, []byte(text))
	}
	return list
}

// The two readers must give the same entries, errors and places for any input,
// and what they give, written down, must read the same.
func FuzzRead(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		checkAgree(t, text)
		checkRoundTrip(t, text)
		checkReference(t, text)
		checkAhead(t, text)
		checkDeclarations(t, text)
	})
}

func TestSeeds(t *testing.T) {
	for _, s := range seeds() {
		checkAgree(t, s)
		checkRoundTrip(t, s)
		checkReference(t, s)
		checkDeclarations(t, s)
	}
}

// The byte 0xff is an end of the file to dhcpd, also where it is the last of the
// file and of what the buffer holds.
func TestEndsAtBuffer(t *testing.T) {
	for n := range 500 {
		checkAgree(t, append(bytes.Repeat([]byte("x"), n), "\xff\xff"...))
	}
}

// verbatim reports whether an entry has a part that is kept as it stands.
func verbatim(e Entry, written []byte) bool {
	_, declaration := e.(*Declaration)
	return declaration || bytes.Contains(written, []byte("  on "))
}

// checkRoundTrip writes each entry of a text and reads it back.
func checkRoundTrip(t *testing.T, text []byte) {
	t.Helper()
	for _, format := range []Format{{}, {HexIDs: true}, {Local: time.UTC}} {
		r := newReader(bytes.NewReader(text), Options{}, 4000)
		for {
			e, err := r.Next()
			if err == io.EOF {
				break
			}
			if e == nil {
				continue
			}
			want := meaning(e)
			written := format.Append(nil, e)
			back := newReader(bytes.NewReader(written), Options{ByteOrder: r.ByteOrder()}, 4000)
			if _, ok := e.(*ByteOrder); ok {
				back.order = Unknown
			}
			got, fault := back.Next()
			if err != nil && verbatim(e, written) {
				fault = nil // it is written with what is wrong in it
			}
			if fault != nil || meaning(got) != want {
				t.Fatalf("written:\n%s\nreads as %v %s\nwant %s", written, fault, meaning(got), want)
			}
			if e, err := back.Next(); err != io.EOF {
				t.Fatalf("written:\n%s\nhas more: %v %v", written, e, err)
			}
		}
	}
}

// meaning is an entry as text, without its place and without what writing may
// change: hexadecimal values become text, agent options without value go, times
// that cannot be written the same.
func meaning(e Entry) string {
	var b strings.Builder
	vars := func(list []Variable) {
		for _, v := range list {
			if v.Value.Kind == Hex {
				v.Value.Kind = Text
			}
			fmt.Fprintf(&b, " set %q %+v", v.Name, v.Value)
		}
	}
	events := func(list []Event) {
		for _, e := range list {
			fmt.Fprintf(&b, " on %+v", e)
		}
	}
	switch e := e.(type) {
	case *Lease4:
		fmt.Fprintf(&b, "lease %v %d %d %d %d %d %d %v %v %v %v %v", e.Address, e.Starts, e.Ends, e.TSTP, e.TSFP, e.ATSFP, e.CLTT,
			e.State, e.Reserved, e.BOOTP, e.HasHardware, e.HardwareType)
		fmt.Fprintf(&b, " %x %v %x %v %q %+v", e.Hardware, e.HasUID, e.UID, e.HasHostname, e.ClientHostname, e.Billing)
		if e.Next != NoState && e.Rewind != NoState {
			fmt.Fprintf(&b, " %v %v", e.Next, e.Rewind)
		}
		vars(e.Variables)
		for _, o := range e.AgentOptions {
			if len(o.Data) > 0 || o.Code == 19 {
				fmt.Fprintf(&b, " agent %+v", o)
			}
		}
		events(e.Events)
	case *IA:
		fmt.Fprintf(&b, "%v %x %d", e.Kind, e.Key, e.CLTT)
		for _, v := range e.Bindings {
			fmt.Fprintf(&b, "\n %v %v %d %d %d", v.Prefix, v.State, v.Preferred, v.Valid, v.Ends)
			vars(v.Variables)
			events(v.Events)
		}
	case *Failover:
		fmt.Fprintf(&b, "failover %q %+v %+v %v %d", e.Name, e.My, e.Partner, e.HasMCLT, e.MCLT)
	case *Declaration:
		fmt.Fprintf(&b, "%s %q", e.Keyword, e.Raw)
	case *ServerDUID:
		fmt.Fprintf(&b, "duid %x", e.DUID)
	case *ByteOrder:
		fmt.Fprintf(&b, "order %v", e.Big)
	}
	return b.String()
}
