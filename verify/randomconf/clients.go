package randomconf

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Clients gives lines of clients (docs/clients.md) that the configuration of
// the same seed has something to say about.
func Clients(seed uint64, v6 bool, n int) string {
	w := &writer{r: rand.New(rand.NewPCG(seed, 0x636c69656e74)), v6: v6}
	var b strings.Builder
	for i := range n {
		if v6 {
			b.WriteString(w.client6(i))
		} else {
			b.WriteString(w.client4(i))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

const networks = 8 // that clients may be in; some do not exist

func (w *writer) client4(i int) string {
	mac := 0x41 + i
	if w.chance(40) {
		mac = 0x11 + w.r.IntN(6)
	}
	words := []string{fmt.Sprintf("mac=02:00:00:00:00:%02x", mac)}
	net := w.r.IntN(networks)
	if w.chance(95) {
		words = append(words, fmt.Sprintf("relay=10.0.%d.1", net))
		if w.chance(40) {
			words = append(words, "circuit-id="+quoted(w.pick(circuit...)))
		}
		if w.chance(20) {
			words = append(words, "remote-id=sw1")
		}
		if w.chance(8) {
			words = append(words, fmt.Sprintf("link-selection=10.0.%d.0", w.r.IntN(networks)))
		}
	}
	maybe := func(percent int, format string, args ...any) {
		if w.chance(percent) {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	maybe(75, "prl=%s", w.pick("1,3,6,12,15,43,119,200,201", "200,17,15,6", "1,3,6", "12,230,43,125,66,67,58,59"))
	maybe(50, "vendor-class=%q", w.pick(vendors...))
	maybe(30, "user-class=%s", w.pick(users...))
	maybe(40, "hostname=%s", w.pick(names...))
	maybe(30, "client-id=%q", fmt.Sprintf("id%d", w.r.IntN(7)))
	maybe(25, "lease-time=%s", w.pick("1", "200", "1000", "99999999", "4294967295", "0"))
	maybe(15, "request=10.0.%d.%d", net, 10+w.r.IntN(40))
	maybe(10, "secs=%d", w.r.IntN(4)+1)
	maybe(10, "max-size=%d", 300+w.r.IntN(1300))
	maybe(10, "opt81=0x0000006162632e64") // RFC 4702, "abc.d"
	maybe(5, "subnet-selection=10.0.%d.0", w.r.IntN(networks))
	maybe(5, "broadcast")
	words = append(words, "do="+w.pick("discover,request", "discover,request,renew,rebind", "discover,request,release,discover", "discover", "discover,request,reboot",
		"discover,request,inform", "bootp", "reboot,discover,request", "discover,request,decline,discover,request", "discover,request,discover,request,renew"))
	line := strings.Join(words, " ")
	if strings.Contains(line, "do=reboot") && !strings.Contains(line, "request=") {
		line = strings.Replace(line, "do=reboot", fmt.Sprintf("request=10.0.%d.%d do=reboot", w.r.IntN(networks), 10+w.r.IntN(40)), 1)
	}
	return line
}

func (w *writer) client6(i int) string {
	mac := 0x41 + i
	if w.chance(40) {
		mac = 0x11 + w.r.IntN(6)
	}
	words := []string{fmt.Sprintf("duid=00:03:00:01:02:00:00:00:00:%02x", mac)}
	if w.chance(15) {
		words[0] = fmt.Sprintf("duid=00:01:00:01:00:00:00:01:02:00:00:00:00:%02x", mac)
	}
	maybe := func(percent int, format string, args ...any) {
		if w.chance(percent) {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	if w.chance(90) {
		words = append(words, fmt.Sprintf("relay=2001:db8:%x::1", w.r.IntN(networks)))
		maybe(40, "interface-id=%q", w.pick(circuit...))
	}
	switch w.r.IntN(4) {
	case 0:
		words = append(words, "ia-pd")
	case 1:
		words = append(words, "ia-na", "ia-pd")
	}
	maybe(20, "iaid=%d", 1+w.r.IntN(3))
	maybe(80, "oro=%s", w.pick("23,24", "23,24,31,59,17,900", "900,59,32"))
	maybe(30, "valid-lifetime=%s", w.pick("100", "5000", "4294967295"))
	maybe(20, "preferred-lifetime=%s", w.pick("50", "4000"))
	maybe(15, "prefix=%s", w.pick("::/56", "::/48"))
	maybe(20, "arch=7")
	maybe(20, "rapid-commit")
	words = append(words, "do="+w.pick("solicit,request", "solicit,request,renew,rebind", "solicit,request,release,solicit", "solicit", "inform",
		"solicit,request,confirm", "solicit,request,decline,solicit,request", "solicit,request,solicit,request,renew"))
	return strings.Join(words, " ")
}
