package dhcpdconf

import "iter"

// Children returns the statements that stand directly inside s: the body of a
// block, the parts of a zone, key or failover declaration, the content of an
// included file. The next branch of an if is not inside it; see [If.Next].
func Children(s Statement) []Statement { return s.children() }

// What has a body or parts says so itself: every pass asks every statement.

func (*Base) children() []Statement            { return nil }
func (s *Subnet) children() []Statement        { return s.Body }
func (s *Subnet6) children() []Statement       { return s.Body }
func (s *SharedNetwork) children() []Statement { return s.Body }
func (s *Pool) children() []Statement          { return s.Body }
func (s *Group) children() []Statement         { return s.Body }
func (s *Host) children() []Statement          { return s.Body }
func (s *Class) children() []Statement         { return s.Body }
func (s *Subclass) children() []Statement      { return s.Body }
func (s *Zone) children() []Statement          { return s.Parts }
func (s *Key) children() []Statement           { return s.Parts }
func (s *Failover) children() []Statement      { return s.Parts }
func (s *If) children() []Statement            { return s.Body }
func (s *Switch) children() []Statement        { return s.Body }
func (s *On) children() []Statement            { return s.Body }
func (s *Func) children() []Statement          { return s.Body }
func (s *Include) children() []Statement       { return s.Body }

// walkFrame is what remains to be visited at one depth: a branch of an if, or
// a list of statements.
type walkFrame struct {
	body   []Statement
	branch *If
}

// Walk calls visit for every statement of body and, as long as visit returns
// true, for those inside it, in order of appearance: an include before its
// content, each branch of an if after the one before. It does not recurse, so
// neither deep nesting nor a long chain of branches can exhaust the stack.
func Walk(body []Statement, visit func(Statement) bool) {
	walk(body, func(s Statement) (inside, more bool) { return visit(s), true })
}

// Preorder returns every statement of the file, those of included files and of
// the lease file too, in order of appearance, which is the order of their IDs.
func Preorder(f *File) iter.Seq[Statement] {
	return func(yield func(Statement) bool) {
		more := true
		visit := func(s Statement) (inside, goOn bool) {
			more = yield(s)
			return more, more
		}
		walk(f.Body, visit)
		if more && len(f.Leases) > 0 {
			walk(f.Leases, visit)
		}
	}
}

func walk(body []Statement, visit func(Statement) (inside, more bool)) {
	var room [8]walkFrame // deep enough for nearly all
	stack := append(room[:0], walkFrame{body: body})
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		var s Statement
		switch {
		case top.branch != nil:
			s = top.branch
			stack = stack[:len(stack)-1]
		case len(top.body) > 0:
			s = top.body[0]
			top.body = top.body[1:]
		default:
			stack = stack[:len(stack)-1]
			continue
		}
		inside, more := visit(s)
		if !more {
			return
		}
		if branch, ok := s.(*If); ok && branch.Next != nil {
			stack = append(stack, walkFrame{branch: branch.Next})
		}
		if inside {
			if children := Children(s); len(children) > 0 {
				stack = append(stack, walkFrame{body: children})
			}
		}
	}
}
