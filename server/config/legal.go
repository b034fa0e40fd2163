package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/classify"
)

// LegalLog is what libdhcp_legal_log is told.
type LegalLog struct {
	Path      string // empty: the folder of the server's logs
	Base      string
	Unit      string // second, day, month or year
	Count     int
	Timestamp string
	// Request and Response make the text of the message of a client and of the answer,
	// in the place of the text that is made otherwise; nil: they make none.
	Request, Response classify.Text
	// Before and After are scripts that are run around a change of the file; empty: none.
	Before, After string
	// Off are the subnets of which nothing is written.
	Off map[uint32]bool
	// Given are the parameters, as they are logged.
	Given string
}

var legalKeys = []string{"path", "base-name", "time-unit", "count", "prerotate", "postrotate", "request-parser-format", "response-parser-format", "timestamp-format", "type"}

func (b *builder) legalLog(object keaconf.Object, source *keaconf.DHCP4) (*LegalLog, error) {
	p := parameters(object)
	for _, m := range object {
		_, isText := m.Value.(string)
		if m.Key != "count" && slices.Contains(legalKeys, m.Key) && !isText {
			return nil, errors.New("stringValue() called on non-string Element")
		}
	}
	if base, ok := object.Get("base-name"); ok && base == "" {
		return nil, errors.New("file name cannot be blank")
	}
	if kind := cmp.Or(p.text("type"), "logfile"); kind != "logfile" {
		return nil, fmt.Errorf("keasrv does not have the type %q; it has logfile", kind)
	}
	l := &LegalLog{Path: p.text("path"), Base: cmp.Or(p.text("base-name"), "kea-legal"), Unit: cmp.Or(p.text("time-unit"), "day"), Count: 1,
		Timestamp: cmp.Or(p.text("timestamp-format"), "%Y-%m-%d %H:%M:%S %Z")}
	switch l.Unit {
	case "second", "day", "month", "year":
	default:
		return nil, fmt.Errorf("unknown time unit type: %s, expected one of: second, day, month, year", l.Unit)
	}
	if value := p.get("count"); value != nil {
		n, ok := integer(value)
		if !ok {
			return nil, errors.New("intValue() called on non-integer Element")
		}
		if n < 0 || n > math.MaxUint32 {
			return nil, fmt.Errorf("count value: %d is out of range, expected value: 0..4294967295", n)
		}
		l.Count = int(n)
	}
	l.Before, l.After = p.text("prerotate"), p.text("postrotate")
	for key, into := range map[string]*classify.Text{"request-parser-format": &l.Request, "response-parser-format": &l.Response} {
		text := p.text(key)
		if text == "" {
			continue
		}
		var err error
		if *into, err = b.text(text); err != nil {
			return nil, err
		}
	}
	l.Off = map[uint32]bool{}
	for subnet := range source.AllSubnets() {
		if on, ok := subnet.UserContext.Get("legal-logging"); ok && on == false {
			l.Off[subnet.ID] = true
		}
	}
	given := map[string]string{"type": "logfile"}
	for _, m := range object {
		if slices.Contains(legalKeys, m.Key) && m.Value != "" {
			given[m.Key] = fmt.Sprint(m.Value)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		l.Given += " " + key + "=" + given[key]
	}
	l.Given = strings.TrimSpace(l.Given)
	return l, nil
}
