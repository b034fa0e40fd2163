package oracle

import (
	"errors"
	"flag"
	"os"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// TB is the part of testing.TB that the functions below use.
type TB interface {
	Helper()
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Dhcpd returns dhcpd for a test. Without it the test is skipped, or fails if
// the environment says CI=true. Under "go test -short" it is always skipped:
// that is how the run with the race detector leaves out the live tests (see
// docs/testing.md).
func Dhcpd(tb TB) *Program {
	tb.Helper()
	p, err := FindDhcpd()
	return need(tb, p, err)
}

// Kea returns a Kea daemon for a test, as FindKea does. Without it the test is
// skipped, or fails if the environment says CI=true and a Debian package has it.
func Kea(tb TB, v keaversion.Version, daemon string) *Program {
	tb.Helper()
	p, err := FindKea(v, daemon)
	return need(tb, p, err)
}

// Keama returns keama for a test, like Dhcpd.
func Keama(tb TB) *Program {
	tb.Helper()
	p, err := FindKeama()
	return need(tb, p, err)
}

// Examples returns the folder of Kea's example configurations for a test.
func Examples(tb TB, v keaversion.Version) string {
	tb.Helper()
	d, err := ExampleDir(v)
	return need(tb, d, err)
}

func need[T any](tb TB, found T, err error) T {
	tb.Helper()
	var missing *MissingError
	switch {
	case short():
		tb.Skipf("a live test, left out by -short")
	case err == nil:
	case errors.Is(err, ErrNotPackaged):
		tb.Skipf("%v", err)
	case errors.As(err, &missing) && os.Getenv("CI") != "true":
		tb.Skipf("%v", err)
	default:
		tb.Fatalf("%v", err)
	}
	return found
}

// short reports whether tests run with -short. The package testing has no part
// in programs that run servers outside of tests.
func short() bool {
	f := flag.Lookup("test.short")
	return f != nil && f.Value.String() == "true"
}
