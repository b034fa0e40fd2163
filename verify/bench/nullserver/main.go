// Command nullserver answers DHCPv4 clients behind relay agents without doing
// what a server does: it turns each message into an answer by changing bytes in
// it. What it reaches is as fast as anything can be on a machine, so bench
// measures servers beside it. It keeps nothing and is of no other use.
package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"

	"golang.org/x/net/ipv4"
)

func main() {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{Port: 67})
	if err != nil {
		fmt.Fprintln(os.Stderr, "nullserver:", err)
		os.Exit(1)
	}
	p := ipv4.NewPacketConn(conn)
	batch := make([]ipv4.Message, 64)
	for i := range batch {
		batch[i].Buffers = [][]byte{make([]byte, 2048)}
	}
	out := make([]ipv4.Message, len(batch))
	for {
		n, err := p.ReadBatch(batch, 0)
		if err != nil {
			fmt.Fprintln(os.Stderr, "nullserver:", err)
			os.Exit(1)
		}
		answers := out[:0]
		for i := range batch[:n] {
			if m := batch[i].Buffers[0][:batch[i].N]; answer(m) {
				answers = append(answers, ipv4.Message{Buffers: [][]byte{m}, Addr: batch[i].Addr})
			}
		}
		for len(answers) > 0 {
			sent, err := p.WriteBatch(answers, 0)
			if err != nil {
				fmt.Fprintln(os.Stderr, "nullserver:", err)
				break
			}
			answers = answers[sent:]
		}
	}
}

// Places in a message (RFC 2131 section 2).
const (
	atOp, atYIAddr, atCHAddr, atOptions = 0, 16, 28, 240
	optMessageType, optServerID         = 53, 54
)

// answer makes an answer of a message in its place. The server identifier and
// all else that the client sends goes back to it.
func answer(m []byte) bool {
	if len(m) < atOptions+3 || m[atOp] != 1 {
		return false
	}
	for i := atOptions; i+2 < len(m) && m[i] != 255; i += 2 + int(m[i+1]) {
		if m[i] != optMessageType {
			continue
		}
		switch m[i+2] {
		case 1:
			m[i+2] = 2
		case 3:
			m[i+2] = 5
		default:
			return false
		}
		m[atOp] = 2
		// 10.x.y.z of the end of the hardware address.
		copy(m[atYIAddr:], []byte{10, m[atCHAddr+3], m[atCHAddr+4], m[atCHAddr+5]})
		return withServerID(m)
	}
	return false
}

// withServerID overwrites the parameter request list, which is long enough, with
// the server identifier that clients need to go on.
func withServerID(m []byte) bool {
	for i := atOptions; i+2 < len(m) && m[i] != 255; i += 2 + int(m[i+1]) {
		switch {
		case m[i] == optServerID:
			return true
		case m[i] == 55 && m[i+1] >= 4:
			rest := m[i+1] - 4 // of the list; zeros are padding
			m[i], m[i+1] = optServerID, 4
			binary.BigEndian.PutUint32(m[i+2:], 0x0a000001)
			clear(m[i+6 : i+6+int(rest)])
			return true
		}
	}
	return false
}
