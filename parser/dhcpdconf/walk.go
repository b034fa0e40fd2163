package dhcpdconf

import "iter"

// Children returns the statements that stand directly inside s: the body of a
// block, the parts of a zone, key or failover declaration, the content of an
// included file. The next branch of an if is not inside it; see [If.Next].
func Children(s Statement) []Statement {
	switch s := s.(type) {
	case *Subnet:
		return s.Body
	case *Subnet6:
		return s.Body
	case *SharedNetwork:
		return s.Body
	case *Pool:
		return s.Body
	case *Group:
		return s.Body
	case *Host:
		return s.Body
	case *Class:
		return s.Body
	case *Subclass:
		return s.Body
	case *Zone:
		return s.Parts
	case *Key:
		return s.Parts
	case *Failover:
		return s.Parts
	case *If:
		return s.Body
	case *Switch:
		return s.Body
	case *On:
		return s.Body
	case *Func:
		return s.Body
	case *Include:
		return s.Body
	}
	return nil
}

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
	stack := []walkFrame{{body: body}}
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
