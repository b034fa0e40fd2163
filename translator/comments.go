package translator

import (
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// comments carries the comments that stand by subnets, shared networks, pools
// and hosts over to Kea's file; those of classes go with the classes.
func (t *translation) comments() {
	for n, k := range t.networkOf {
		k.Comments = t.commentsOf(n.Stmt)
	}
	for s, k := range t.subnetOf {
		k.Comments = t.commentsOf(s.Stmt)
	}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		var lines []string
		if p.from.Stmt != nil {
			lines = t.commentsOf(p.from.Stmt)
		}
		if p.pd {
			p.in.PDPools[p.index].Comments = lines
			continue
		}
		p.in.Pools[p.index].Comments = append(lines, t.commentsOf(p.span.Stmt)...)
	}
	for _, r := range t.hosts {
		if r.from.Stmt.Comments() != nil {
			t.reservation(r).Comments = t.commentsOf(r.from.Stmt)
		}
	}
}

// commentsOf returns the text of the comments by a statement, without secrets:
// people comment out keys, too.
func (t *translation) commentsOf(st dhcpdconf.Statement) []string {
	if st == nil || st.Comments() == nil {
		return nil
	}
	if t.redactor == nil {
		t.redactor = dhcpdconf.NewRedactor(t.file)
	}
	c := st.Comments()
	var lines []string
	for _, spans := range [][]dhcpdconf.Span{c.Before, c.Head, c.Suffix} {
		for _, span := range spans {
			text := strings.TrimSpace(strings.TrimLeft(t.redactor.Span(span), "#"))
			// Lines that only draw a box say nothing.
			if strings.Trim(text, "#-=*_+~ \t") == "" {
				continue
			}
			lines = append(lines, strings.ToValidUTF8(text, "?"))
		}
	}
	return lines
}
