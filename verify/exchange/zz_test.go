package exchange_test
import ("testing";"math/rand/v2";"fmt";"flag"
"github.com/keamigrate/keamigrate/parser/keaversion"
"github.com/keamigrate/keamigrate/verify/exchange"
"github.com/keamigrate/keamigrate/verify/oracle")
var zzn = flag.Int("zzn", 0, "")
var zzseed = flag.Uint64("zz", 0, "")
func TestZZ(t *testing.T) {
	conf, clients := randomKea(rand.New(rand.NewPCG(*zzseed, 7)))
	a := parityOf(t, conf, clients)
	if *zzn > 0 { a.clients = a.clients[:*zzn]; clients = clients[:*zzn] }
	want, err := exchange.AskKea(t.Context(), oracle.Kea(t, keaversion.V3_0, "dhcp4"), a.conf, a.network, a.clients, nil)
	if err != nil { t.Fatal(err) }
	got, err := exchange.AskKeasrv(t.Context(), a.conf, a.network, a.clients, want.Messages)
	if err != nil { t.Fatal(err) }
	fmt.Println(string(conf))
	for i := range want.Messages { w, g := want.Messages[i], got.Messages[i]
		fmt.Println(w.Client+1, clients[w.Client]); fmt.Println("   ", w.Step, w.Answer.Type, w.Answer.Fields["address"], w.Answer.Fields["lease-time"],w.Answer.Fields["T1"],w.Answer.Fields["T2"], "|", g.Answer.Type, g.Answer.Fields["address"], g.Answer.Fields["lease-time"], g.Answer.Fields["T1"],g.Answer.Fields["T2"]) }
	for _, d := range parityDifferences(a, want, got) { fmt.Println(d) }
}
