package dhcpdconf

import "strings"

// takeComments takes the comments that were met up to the current token. Those
// on the line where the statement before ended belong to it, or, at the start
// of a block, to its owner; the others are returned.
func (p *parser) takeComments(last Statement, owner *Base) (before []Span) {
	if len(p.comments) == 0 {
		return nil
	}
	suffix := 0
	at := p.prev
	for _, c := range p.comments {
		if last == nil && owner == nil || strings.IndexByte(p.text[at:c.Off], '\n') >= 0 {
			break
		}
		suffix, at = suffix+1, c.End
	}
	if suffix > 0 {
		taken := append([]Span(nil), p.comments[:suffix]...)
		if last != nil {
			// The last branch of an if is where its chain ends.
			for branch, ok := last.(*If); ok && branch.Next != nil; branch = branch.Next {
				last = branch.Next
			}
			p.commentsOf(last.base()).Suffix = taken
		} else {
			p.commentsOf(owner).Head = taken
		}
	}
	if suffix < len(p.comments) {
		before = append(before, p.comments[suffix:]...)
	}
	p.comments = p.comments[:0]
	return before
}

// innerComments gives the comments within a statement's head to it.
func (p *parser) innerComments(b *Base) {
	n := 0
	for n < len(p.comments) && p.comments[n].Off < p.prev {
		n++
	}
	if n == 0 {
		return
	}
	c := p.commentsOf(b)
	c.Inner = append(c.Inner, p.comments[:n]...)
	p.comments = append(p.comments[:0], p.comments[n:]...)
}

func (p *parser) commentsOf(b *Base) *Comments {
	if b.comments == nil {
		b.comments = new(Comments)
	}
	return b.comments
}
