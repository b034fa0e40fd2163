package keaexpr

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
)

// sample is a line of testdata/expressions.txt.
type sample struct {
	family   option.Family
	versions map[string]bool // that accept it
	text     string
}

func samples(t testing.TB) []sample {
	t.Helper()
	f, err := os.Open("testdata/expressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []sample
	for in := bufio.NewScanner(f); in.Scan(); {
		if strings.HasPrefix(in.Text(), "#") {
			continue
		}
		columns := strings.SplitN(in.Text(), "\t", 3)
		s := sample{family: option.V4, versions: map[string]bool{}, text: columns[2]}
		if columns[0] == "6" {
			s.family = option.V6
		}
		for _, v := range strings.Fields(columns[1]) {
			s.versions[v] = true
		}
		all = append(all, s)
	}
	return all
}

func rules(f option.Family, v keaversion.Version) Rules {
	return Rules{Family: f, Version: v, Option: func(name string) (uint32, bool) {
		d, ok := option.KeaByName(f, map[option.Family]string{option.V4: "dhcp4", option.V6: "dhcp6"}[f], name, v)
		return d.Code, ok
	}}
}

func accepts(s sample, v keaversion.Version) (Expr, error) {
	e, err := Parse(s.text, rules(s.family, v))
	if err != nil {
		return nil, err
	}
	for _, m := range Classes(e) {
		if !BuiltIn(m.Class) {
			return nil, errors.New("class " + m.Class + " is not defined")
		}
	}
	return e, nil
}

func TestSamples(t *testing.T) {
	for _, s := range samples(t) {
		for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
			e, err := accepts(s, v)
			if want := s.versions[v.String()]; (err == nil) != want {
				t.Errorf("Kea %s, DHCPv%d: %s: %v, Kea accepts it: %v", v, s.family, s.text, err, want)
			}
			if err == nil {
				roundTrip(t, e, rules(s.family, v))
			}
		}
	}
}

// roundTrip prints and reads an expression: the same tree must come out.
func roundTrip(t *testing.T, e Expr, r Rules) {
	t.Helper()
	text := Format(e)
	r.String = !e.Bool()
	again, err := Parse(text, r)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if diff := cmp.Diff(e, again, cmpopts.IgnoreUnexported(Not{}, Logic{}, Equal{}, Exists{}, Member{}, Match{}, Literal{}, Concat{}, Value{}, Packet{}, Call{}, Number{})); diff != "" {
		t.Errorf("%s: read back:\n%s", text, diff)
	}
}

func TestFormat(t *testing.T) {
	for in, want := range map[string]string{
		"not 'a'=='b' and member('x') or pkt4.mac==0x01": "((not ('a' == 'b')) and member('x')) or (pkt4.mac == 0x01)",
		"'a' + 'b' == 'ab'":                                       "('a' + 'b') == 'ab'",
		"(option[1].option[2].exists)":                            "option[1].option[2].exists",
		"substring(option[61].hex,0,all)==ifelse(known_,'a','b')": "",
		"vendor[*].exists and not not vendor.enterprise == 9":     "vendor[*].exists and (not (not (vendor.enterprise == 9)))",
		"vendor-class[4491].data[1] == 'x'":                       "vendor-class[4491].data[1] == 'x'",
		"substring(pkt4.mac , -1, 3) == hexstring(10.0.0.1,':')":  "substring(pkt4.mac, -1, 3) == hexstring(10.0.0.1, ':')",
	} {
		e, err := Parse(in, Rules{Family: option.V4, Version: keaversion.V3_0})
		if err != nil {
			if want != "" {
				t.Errorf("%s: %v", in, err)
			}
			continue
		}
		if got := Format(e); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "column 1: a value is expected, not the end",
		"pkt4.mac":                  "column 1: this is a string, where a comparison or another truth value is wanted",
		"pkt4.mac == 'a' == 'b'":    "column 17: the end of the expression is expected, not ==",
		"option[999].exists":        "column 8: the code of an option is between 0 and 255",
		"option[nope].exists":       "column 8: there is no option named nope",
		"option[1].exists == 'a'":   "column 1: this is a truth value, where a string is wanted",
		"'a' != 'b'":                "column 5: the only comparison is ==; for not equal write not (a == b)",
		"known":                     "column 1: Kea does not read known; write member('KNOWN')",
		"\"a\" == 'a'":              "column 1: strings are written in single quotes",
		"lcase('a') == 'a'":         "column 1: Kea 2.2 does not have lcase, Kea 2.6 does",
		"pkt6.msgtype == 1":         "column 1: pkt6 is for DHCPv6",
		"member('a'":                "column 11: ) is expected, not the end",
		"'a":                        "column 1: this string has no end; add '",
		strings.Repeat("(", 1e6):    "column 501: the expression is nested too deeply",
		strings.Repeat("not ", 1e6): "column 2001: the expression is nested too deeply",
		"1.2.3 == 'a'":              "column 2: the end of the expression is expected, not .",
		"4294967296 == 'a'":         "column 1: a number is between 0 and 4294967295",
	} {
		_, err := Parse(in, rules(option.V4, keaversion.V2_2))
		var e *Error
		if !errors.As(err, &e) || e.Error() != want {
			t.Errorf("%.40s: got %v, want %s", in, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.text, s.family == option.V6)
	}
	f.Fuzz(func(t *testing.T, in string, v6 bool) {
		r := Rules{Family: option.V4, Version: keaversion.V3_0}
		if v6 {
			r.Family = option.V6
		}
		for _, r.String = range []bool{false, true} {
			if e, err := Parse(in, r); err == nil {
				roundTrip(t, e, r)
			}
		}
	})
}
