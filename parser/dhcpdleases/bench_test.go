package dhcpdleases

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// leases4 writes a lease file as a busy server leaves it: n entries of about 325
// bytes, each address several times, with what real entries hold.
func leases4(n int) []byte {
	random := rand.New(rand.NewPCG(4, 2))
	b := AppendHeader(nil, false)
	at := time.Date(2024, 5, 16, 6, 0, 0, 0, time.UTC).Unix()
	addresses := max(1, n/4)
	for i := range n {
		at += int64(random.IntN(3))
		a := random.IntN(addresses)
		starts := at - int64(random.IntN(5))
		date := func(at int64) string { return time.Unix(at, 0).UTC().Format("2006/01/02 15:04:05;") }
		b = fmt.Appendf(b, "lease 10.%d.%d.%d {\n", a>>16, a>>8&255, a&255)
		for _, d := range []struct {
			word string
			at   int64
		}{{"starts", starts}, {"ends", starts + 7200}, {"cltt", starts}} {
			b = fmt.Appendf(b, "  %s %d %s\n", d.word, time.Unix(d.at, 0).UTC().Weekday(), date(d.at))
		}
		if i%16 == 15 {
			b = append(b, "  binding state free;\n"...)
		} else {
			b = append(b, "  binding state active;\n  next binding state free;\n  rewind binding state free;\n"...)
		}
		b = fmt.Appendf(b, "  hardware ethernet 02:00:%02x:%02x:%02x:%02x;\n", a>>24&255, a>>16&255, a>>8&255, a&255)
		if i%4 != 3 {
			b = quote(append(b, "  uid "...), []byte{1, 2, 0, byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)})
			b = append(b, ";\n"...)
		}
		if i%3 != 2 {
			b = append(b, "  set vendor-class-identifier = \"MSFT 5.0\";\n"...)
		}
		b = fmt.Appendf(b, "  client-hostname \"host-%06d\";\n}\n", a)
	}
	return b
}

// leases6 does so for DHCPv6, with addresses and prefixes.
func leases6(n int) []byte {
	b := AppendHeader(nil, false)
	for i := range n {
		a := i % max(1, n/4)
		kind, what := "ia-na", fmt.Sprintf("iaaddr 2001:db8:0:1::%x:%x", a>>16, a&0xffff|1)
		if i%4 == 3 {
			kind, what = "ia-pd", fmt.Sprintf("iaprefix 2001:db8:%x:%x00::/56", 0x100+a>>8, a&255)
		}
		key := Key(uint32(a), []byte{0, 1, 0, 1, 0x2a, 0x2b, 0x2c, 0x2d, 2, 0, byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)}, false)
		b = quote(append(append(b, kind...), ' '), key)
		b = fmt.Appendf(b, " {\n  cltt 4 2024/05/16 %02d:%02d:%02d;\n  %s {\n    binding state active;\n    preferred-life 27000;\n    max-life 43200;\n    ends 5 2024/05/17 %02d:%02d:%02d;\n  }\n}\n\n",
			i/3600%24, i/60%60, i%60, what, i/3600%24, i/60%60, i%60)
	}
	return b
}

func readAll(t testing.TB, text []byte) int {
	n := 0
	for e, err := range Read(bytes.NewReader(text), Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := e.(*ByteOrder); !ok {
			n++
		}
	}
	return n
}

// processorTime is what this process has used so far.
func processorTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkRead(b *testing.B) {
	for _, v := range []struct {
		name     string
		generate func(int) []byte
		n        int
	}{{"v4", leases4, 200_000}, {"v6", leases6, 200_000}} {
		b.Run(v.name, func(b *testing.B) {
			text := v.generate(v.n)
			b.SetBytes(int64(len(text)))
			// md5sum is what the time of an import is compared with.
			// Processor time is compared, since other programs may run.
			start := processorTime(b)
			const sums = 5
			for range sums {
				md5.Sum(text)
			}
			md5Time := (processorTime(b) - start) / sums
			b.ReportAllocs()
			start = processorTime(b)
			for b.Loop() {
				if n := readAll(b, text); n != v.n {
					b.Fatalf("%d entries, not %d", n, v.n)
				}
			}
			b.ReportMetric(float64(processorTime(b)-start)/float64(b.N)/float64(md5Time), "x-md5")
			b.ReportMetric(float64(len(text))/float64(v.n), "bytes/entry")
		})
	}
}

// Reading must not allocate for an entry, whichever way it is read.
func TestNoAllocationPerEntry(t *testing.T) {
	for name, generate := range map[string]func(int) []byte{"v4": leases4, "v6": leases6} {
		for _, careful := range []bool{false, true} {
			few, many := generate(200), generate(2200)
			count := func(text []byte) float64 {
				return testing.AllocsPerRun(3, func() {
					r := NewReader(bytes.NewReader(text), Options{})
					r.careful = careful
					for {
						if _, err := r.Next(); err != nil {
							return
						}
					}
				})
			}
			if more := count(many) - count(few); more > 5 {
				t.Errorf("%s, careful %v: %v allocations for 2000 entries more", name, careful, more)
			}
		}
	}
}
