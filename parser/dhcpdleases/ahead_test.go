package dhcpdleases

import (
	"bytes"
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/iotest"
)

// shown is what a sequence of entries gives, as text.
func shown(entries iter.Seq2[Entry, error]) string {
	var b strings.Builder
	for e, err := range entries {
		if e != nil {
			b.WriteString(show(e))
		}
		var broken *SyntaxError
		if errors.As(err, &broken) && broken.Dropped != nil {
			b.WriteString("dropped " + show(broken.Dropped))
		}
		if err != nil {
			b.WriteString(err.Error() + "\n")
		}
	}
	return b.String()
}

// checkAhead: reading ahead gives the same entries, which stay as they are until
// the next one is asked for.
func checkAhead(t *testing.T, text []byte) {
	t.Helper()
	want := shown(Read(bytes.NewReader(text), Options{}))
	if got := shown(ReadAhead(bytes.NewReader(text), Options{})); got != want {
		t.Fatalf("reading ahead differs for %q\nread:\n%s\nahead:\n%s", text, want, got)
	}
}

func TestReadAhead(t *testing.T) {
	for _, s := range seeds() {
		checkAhead(t, s)
	}
	var all []byte
	for n := range 3 {
		for _, s := range seeds() {
			all = append(append(all, s...), leases4(n*300)...)
		}
		all = append(all, leases6(700)...)
	}
	checkAhead(t, all)
	// One that is left early is not waited for.
	for range ReadAhead(bytes.NewReader(all), Options{}) {
		break
	}
	n := 0
	for range ReadAhead(bytes.NewReader(all), Options{}) {
		if n++; n == 2*batchSize+1 {
			break
		}
	}
	broken := errors.New("broken")
	var last error
	for _, err := range ReadAhead(iotest.DataErrReader(iotest.ErrReader(broken)), Options{}) {
		last = err
	}
	if !errors.Is(last, broken) {
		t.Errorf("error %v, want that of the input", last)
	}
}
