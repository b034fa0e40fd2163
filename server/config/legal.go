package config

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// LegalLog is what libdhcp_legal_log is told.
type LegalLog struct {
	Path      string // empty: the folder of the server's logs
	Base      string
	Unit      string // second, day, month or year
	Count     int
	Timestamp string
}

func legalLog(object keaconf.Object) (*LegalLog, error) {
	p := parameters(object)
	for _, key := range []string{"request-parser-format", "response-parser-format", "prerotate", "postrotate"} {
		if p.get(key) != nil {
			return nil, fmt.Errorf("keasrv does not have the parameter %s", key)
		}
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
		if !ok || n < 0 {
			return nil, errors.New("count is no number")
		}
		l.Count = int(n)
	}
	return l, nil
}
