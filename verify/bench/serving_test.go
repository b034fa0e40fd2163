package main

import (
	"testing"
	"time"
)

func TestReadPerfdhcp(t *testing.T) {
	const out = `***Rate statistics***
Rate: 900.1 4-way exchanges/second, expected rate: 1000

***Statistics for: DISCOVER-OFFER***
sent packets: 10000
received packets: 9500
drops: 500
drops ratio: 5 %

avg delay: 1.250 ms

***Statistics for: REQUEST-ACK***
sent packets: 9500
received packets: 9000
drops: 500
drops ratio: 5.26316 %

min delay: 0.1 ms
avg delay: 2.500 ms
`
	s, err := readPerfdhcp(out, 10, 1800*time.Millisecond)
	if err != nil || s.rate != 900 || s.processor != 0.2 || s.delay != 2.5 || s.lost < 0.05 || s.lost > 0.06 {
		t.Errorf("%+v %v", s, err)
	}
	for _, bad := range []string{"", "REQUEST-ACK", "***Statistics for: REQUEST-ACK***\nreceived packets: 0\ndrops ratio: -nan %\navg delay: -nan ms"} {
		if _, err := readPerfdhcp(bad, 10, 0); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestMiddle(t *testing.T) {
	if got := middle([]service{{rate: 3}, {rate: 1}, {rate: 2}}).rate; got != 2 {
		t.Errorf("the middle of 3 1 2 is %v", got)
	}
}

func TestFastest(t *testing.T) {
	for _, tt := range []struct {
		can, most int
		want      float64
	}{{1000, 30000, 1000}, {50, 30000, 50}, {1 << 20, 500, 500}, {0, 500, 0}} {
		got, err := fastest(tt.most, func(rate int) (service, error) {
			if tt.can == 0 {
				return service{}, errNoExchange
			}
			return service{rate: float64(min(rate, tt.can))}, nil
		})
		if err != nil || got.rate != tt.want {
			t.Errorf("one that can %d of %d: %v %v", tt.can, tt.most, got.rate, err)
		}
	}
}
