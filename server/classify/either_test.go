package classify_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaexpr"
)

// TestEither holds chains of "or", which look a value up among constants, against the same
// parts with "sor", which are evaluated one by one.
func TestEither(t *testing.T) {
	parts := []string{
		"option[12].hex == 'Host-7'", "option[12].hex == 'host-7'", "option[12].hex == 0x00", "option[12].text == 'Host-7'",
		"option[60].hex == 'PXEClient:Arch:00007'", "option[60].hex == ''", "option[61].hex == ''", "option[61].hex == 0x01",
		"'Host-7' == option[12].hex", "option[12].hex == option[60].hex", "not option[12].exists", "option[93].hex == 7",
		"pkt4.mac == 0x02000000001f", "pkt4.mac == 0x02000000001e", "pkt4.giaddr == 10.0.0.1", "pkt4.giaddr == 10.0.0.2",
		"option[57].exists and option[57].hex == 0x05dd", "member('nobody')", "(option[12].hex == 'x' or option[12].hex == 'y')",
	}
	r := rand.New(rand.NewPCG(1, 2))
	yes := 0
	for range 3000 {
		var chain []string
		for range 2 + r.IntN(5) {
			chain = append(chain, parts[r.IntN(len(parts))])
		}
		want, got := value(t, strings.Join(chain, " sor ")), value(t, strings.Join(chain, " or "))
		if got != want {
			t.Fatalf("%s: %v, want %v", strings.Join(chain, " or "), got, want)
		}
		if want {
			yes++
		}
	}
	if yes < 300 || yes > 2700 {
		t.Errorf("%d of 3000 are true", yes)
	}
}

func value(t *testing.T, test string) bool {
	t.Helper()
	c, rules := compiler()
	e, err := keaexpr.Parse(test, rules)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Test(e)
	if err != nil {
		t.Fatal(err)
	}
	v, err := f(query(t))
	if err != nil {
		t.Fatalf("%s: %v", test, err)
	}
	return v
}
