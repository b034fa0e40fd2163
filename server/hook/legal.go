package hook

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/packet"
)

// Legal is libdhcp_legal_log: a file that says who had which address, and when
// (Kea manual, "Forensic Logging Hooks").
type Legal struct {
	Folder, Base string
	// Unit and Count say when another file is begun: "second", "day", "month" or
	// "year", and after how many of them; 0: never.
	Unit      string
	Count     int
	Timestamp string // as strftime has it
	Clock     func() time.Time
	Failed    func(error) // is told when a line cannot be written

	file   *os.File
	opened time.Time
}

// Told writes what happens to addresses.
func (g *Legal) Told(e *server.Event) {
	switch e.Point {
	case server.LeasesCommitted:
		for i := range e.Leases {
			g.line(e, &e.Leases[i], "assigned for "+duration(e.Leases[i].Valid)+" to")
		}
		for i := range e.Deleted {
			g.line(e, &e.Deleted[i], "released from")
		}
	case server.LeaseReleased, server.LeaseDeclined:
		g.line(e, e.Lease, "released from")
	}
}

// Close closes the file.
func (g *Legal) Close() error {
	if g.file == nil {
		return nil
	}
	f := g.file
	g.file = nil
	return f.Close()
}

func (g *Legal) line(e *server.Event, l *lease.Lease4, what string) {
	now := g.Clock()
	var b strings.Builder
	fmt.Fprintf(&b, "%s Address: %v has been %s a device with hardware address: hwtype=%d %s", logging.FormatTime(now, g.Timestamp), l.Address, what, ethernet, lease.Colons(l.HWAddr))
	if len(l.ClientID) > 0 {
		b.WriteString(", client-id: " + lease.Colons(l.ClientID))
	}
	if e.Message != nil && e.Point == server.LeasesCommitted {
		b.WriteString(relay(e.Message))
	}
	b.WriteByte('\n')
	err := g.turn(now)
	if err == nil {
		_, err = g.file.WriteString(b.String())
	}
	if err != nil {
		g.Failed(err)
	}
}

// relay says through which relay agent a client is connected.
func relay(m *packet.Message4) string {
	if m.GIAddr() == netip.IPv4Unspecified() {
		return ""
	}
	text := " connected via relay at address: " + m.GIAddr().String()
	agent, _ := m.Option(optAgent)
	var ids []string
	for _, id := range []struct {
		code uint8
		name string
	}{{1, "circuit-id"}, {2, "remote-id"}, {6, "subscriber-id"}} {
		if data, ok := packet.Suboption(agent, id.code); ok && len(data) > 0 {
			one := id.name + ": " + lease.Colons(data)
			if printable(data) {
				one += " (" + string(data) + ")"
			}
			ids = append(ids, one)
		}
	}
	if len(ids) > 0 {
		text += ", identified by " + strings.Join(ids, " and ")
	}
	return text
}

func printable(data []byte) bool {
	for _, c := range data {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// duration is a lifetime as people read it.
func duration(seconds uint32) string {
	if seconds == lease.Infinite {
		return "infinite duration"
	}
	const minute, hour, day = 60, 3600, 86400
	text := ""
	if days := seconds / day; days > 0 {
		text = fmt.Sprintf("%d days ", days)
	}
	return text + fmt.Sprintf("%d hrs %d mins %d secs", seconds%day/hour, seconds%hour/minute, seconds%minute)
}

// turn opens the file, or another one when it is time.
func (g *Legal) turn(now time.Time) error {
	if g.file != nil && !g.due(now) {
		return nil
	}
	name := g.Base + "." + now.Format("20060102") + ".txt"
	if g.Unit == "second" {
		name = g.Base + ".T" + now.Format("20060102150405") + ".txt"
	}
	f, err := os.OpenFile(filepath.Join(g.Folder, name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	err = g.Close()
	g.file, g.opened = f, now
	return err
}

func (g *Legal) due(now time.Time) bool {
	if g.Count == 0 {
		return false
	}
	months := func(t time.Time) int { return 12*t.Year() + int(t.Month()) }
	day := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	const hours = 24
	switch g.Unit {
	case "second":
		return now.Sub(g.opened) >= time.Duration(g.Count)*time.Second
	case "month":
		return months(now)-months(g.opened) >= g.Count
	case "year":
		return now.Year()-g.opened.Year() >= g.Count
	}
	return int(day(now).Sub(day(g.opened)).Hours())/hours >= g.Count
}
