package replay_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/replay"
)

// BenchmarkReplay is how long a capture of relayed traffic takes; packets/s is for one
// core.
func BenchmarkReplay(b *testing.B) {
	var t *testing.T
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	job := translated(b, original)
	var list []*client.Client
	for i := range 2000 {
		c, err := client.Parse(fmt.Sprintf("mac=02:00:00:01:%02x:%02x relay=10.0.1.1 prl=1,3,6,15 circuit-id=port%d do=discover,request,renew,release", i>>8, i&255, i))
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, c)
	}
	tr.converse(productionServer, newProduction(b, job), list)
	file := tr.pcap().Bytes()
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := replay.Run(b.Context(), replay.Job{Input: bytes.NewReader(file), Config: job.Own})
		if err != nil || r.Counts.Different > 0 {
			b.Fatal(err, r.Counts)
		}
	}
	b.ReportMetric(float64(len(tr.frames)*b.N)/b.Elapsed().Seconds(), "packets/s")
}
