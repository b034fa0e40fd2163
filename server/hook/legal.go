package hook

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/classify"
	"github.com/keamigrate/keamigrate/server/control"
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
	// Request and Response make the text of the message of a client and of the answer,
	// in the place of the text that is made otherwise; nil: they make none.
	Request, Response classify.Text
	// Off are the subnets of which nothing is written.
	Off map[uint32]bool
	// Closing and Opened are told of the files, when another one takes the place of the
	// one before; nil: nobody is.
	Closing, Opened func(name string)
	Clock           func() time.Time
	Failed          func(error) // is told when a line cannot be written

	file   *os.File
	opened time.Time
}

// Told writes what happens to addresses.
func (g *Legal) Told(e *server.Event) {
	if e.Subnet != nil && g.Off[e.Subnet.ID] {
		return
	}
	own := g.Request != nil || g.Response != nil
	switch e.Point {
	case server.LeasesCommitted:
		if givenUp(e.Message) {
			return // it has been told of already
		}
		for i := range e.Leases {
			if !own {
				g.line(e, &e.Leases[i], "assigned for "+duration(e.Leases[i].Valid)+" to")
			}
		}
		for i := range e.Deleted {
			g.line(e, &e.Deleted[i], "released from")
		}
	case server.AnswerSent:
		if own && len(e.Leases) > 0 {
			g.write(g.value(g.Request, e.Query) + g.response(e))
		}
	case server.LeaseReleased, server.LeaseDeclined:
		if g.Request != nil {
			g.write(g.value(g.Request, e.Query))
			return
		}
		g.line(e, e.Lease, "released from")
	}
}

// givenUp reports whether a message gives an address back.
func givenUp(m *packet.Message4) bool {
	if m == nil {
		return false
	}
	kind, _ := m.Option(optMessageType)
	return len(kind) == 1 && (kind[0] == packet.Release || kind[0] == packet.Decline)
}

// value is what an expression makes of a message.
func (g *Legal) value(t classify.Text, q *classify.Query) string {
	if t == nil {
		return ""
	}
	text, err := t(q)
	if err != nil {
		g.Failed(err)
	}
	return string(text)
}

// response is what the expression for answers makes of one.
func (g *Legal) response(e *server.Event) string {
	var m packet.Message4
	if g.Response == nil || m.Parse(e.Answer) != nil {
		return ""
	}
	q := classify.Query{Message: &m, Interface: e.Packet.Interface, Src: e.Packet.Dst.Addr(), Dst: e.Packet.Src.Addr()}
	q.Agent, _ = m.Option(optAgent)
	return g.value(g.Response, &q)
}

// Command writes what a command has done to leases.
func (g *Legal) Command(name string, arguments map[string]any) {
	text := func(key string) string { s, _ := arguments[key].(string); return s }
	who := "Administrator"
	if text("origin") == "ha-partner" {
		who = "HA partner"
	}
	switch name {
	case "lease4-add", "lease4-update":
		line := who + " added a lease of address: "
		if name == "lease4-update" {
			line = who + " updated information on the lease of address: "
		}
		line += text("ip-address") + " to a device with hardware address: " + text("hw-address")
		if id := text("client-id"); id != "" {
			line += ", client-id: " + id
		}
		if n, ok := arguments["valid-lft"].(json.Number); ok {
			if seconds, err := strconv.ParseUint(n.String(), 10, 32); err == nil {
				line += " for " + duration(uint32(seconds))
			}
		}
		context, ok := arguments["user-context"]
		if comment, has := arguments["comment"]; has { // Kea puts it there
			merged := map[string]any{}
			if m, isMap := context.(map[string]any); isMap {
				maps.Copy(merged, m)
			}
			merged["comment"] = comment
			context, ok = merged, true
		}
		if ok {
			line += ", context: " + string(control.AppendJSON(nil, context))
		}
		g.write(line)
	case "lease4-del":
		if a := text("ip-address"); a != "" {
			g.write(who + " deleted the lease for address: " + a)
			return
		}
		g.write(who + " deleted a lease for a device identified by: " + text("identifier-type") + " of " + text("identifier"))
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

// Open opens the file, and returns its name.
func (g *Legal) Open() (string, error) {
	if err := g.turn(g.Clock()); err != nil {
		return "", err
	}
	return g.file.Name(), nil
}

func (g *Legal) line(e *server.Event, l *lease.Lease4, what string) {
	text := fmt.Sprintf("Address: %v has been %s a device with hardware address: hwtype=%d %s", l.Address, what, hardware(l, e.Message), lease.Colons(l.HWAddr))
	if len(l.ClientID) > 0 {
		text += ", client-id: " + readable(l.ClientID)
	}
	if e.Message != nil {
		text += relay(e.Message)
	}
	if l.UserContext != "" {
		text += ", context: " + l.UserContext
	}
	g.write(text)
}

// readable is bytes in hexadecimal, and as the text that they are.
func readable(data []byte) string {
	if printable(data) {
		return lease.Colons(data) + " (" + string(data) + ")"
	}
	return lease.Colons(data)
}

// write writes the lines of a text, each with the time before it.
func (g *Legal) write(text string) {
	text = strings.TrimSuffix(text, "\n")
	if text == "" {
		return
	}
	now := g.Clock()
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(logging.FormatTime(now, g.Timestamp) + " " + line + "\n")
	}
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
			ids = append(ids, id.name+": "+readable(data))
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
		name = fmt.Sprintf("%s.T%020d.txt", g.Base, now.Unix())
	}
	name = filepath.Join(g.Folder, name)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	another := g.file != nil
	if another && g.Closing != nil {
		g.Closing(g.file.Name())
	}
	err = g.Close()
	g.file, g.opened = f, now
	if another && g.Opened != nil {
		g.Opened(name)
	}
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
