package dhcpdleases

import (
	"io"
	"iter"
)

// ReadAhead gives what [Read] gives, in the same way, and reads on meanwhile, on
// another processor where there is one.
func ReadAhead(input io.Reader, opts Options) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		full, free, stop := make(chan *batch, batches), make(chan *batch, batches), make(chan struct{})
		done := make(chan struct{})
		for range batches {
			free <- &batch{}
		}
		go func() {
			defer close(done)
			readBatches(Read(input, opts), full, free, stop)
		}()
		// The input is not used any more when this returns.
		defer func() { close(stop); <-done }()
		for b := range full {
			for i := range b.count {
				if !yield(b.entry(i), nil) {
					return
				}
			}
			if (b.last != nil || b.err != nil) && !yield(b.last, b.err) {
				return
			}
			free <- b
		}
	}
}

const (
	batches   = 3
	batchSize = 256 // entries
)

// batch is a number of entries with all that they point to.
type batch struct {
	count  int
	isIA   [batchSize]bool // which entries are those of ias
	leases [batchSize]Lease4
	ias    [batchSize]IA
	arena  []byte
	// last is an entry of another kind, or one with an error. It belongs to the
	// reader, which waits until the batch comes back.
	last Entry
	err  error
}

func (b *batch) entry(i int) Entry {
	if b.isIA[i] {
		return &b.ias[i]
	}
	return &b.leases[i]
}

// add takes a copy of an entry, unless it is of another kind.
func (b *batch) add(e Entry) bool {
	switch e := e.(type) {
	case *Lease4:
		l := &b.leases[b.count]
		variables, options, events := l.Variables[:0], l.AgentOptions[:0], l.Events[:0]
		*l = *e
		l.Hardware, l.UID, l.ClientHostname = b.keep(e.Hardware), b.keep(e.UID), b.keep(e.ClientHostname)
		l.Billing.Class, l.Billing.Data = b.keep(e.Billing.Class), b.keep(e.Billing.Data)
		l.Variables, l.Events = b.variables(variables, e.Variables), b.events(events, e.Events)
		for _, o := range e.AgentOptions {
			o.Data = b.keep(o.Data)
			options = append(options, o)
		}
		l.AgentOptions = options
	case *IA:
		ia := &b.ias[b.count]
		bindings := ia.Bindings[:0]
		*ia = *e
		ia.Key, ia.DUID = b.keep(e.Key), b.keep(e.DUID)
		for _, binding := range e.Bindings {
			binding.Variables, binding.Events = b.variables(nil, binding.Variables), b.events(nil, binding.Events)
			bindings = append(bindings, binding)
		}
		ia.Bindings = bindings
		b.isIA[b.count] = true
	default:
		return false
	}
	b.count++
	return true
}

// keep copies bytes. Those that were kept before stay where they are when there
// is no more room for others.
func (b *batch) keep(data []byte) []byte {
	if data == nil {
		return nil
	}
	start := len(b.arena)
	b.arena = append(b.arena, data...)
	return b.arena[start:len(b.arena):len(b.arena)]
}

func (b *batch) variables(dst, src []Variable) []Variable {
	for _, v := range src {
		v.Name, v.Value.Data = b.keep(v.Name), b.keep(v.Value.Data)
		dst = append(dst, v)
	}
	return dst
}

func (b *batch) events(dst, src []Event) []Event {
	for _, e := range src {
		e.Raw = b.keep(e.Raw)
		dst = append(dst, e)
	}
	return dst
}

func (b *batch) reset() {
	clear(b.isIA[:b.count])
	b.count, b.arena, b.last, b.err = 0, b.arena[:0], nil, nil
}

// readBatches fills batches until the entries end or somebody says stop.
func readBatches(entries iter.Seq2[Entry, error], full chan<- *batch, free <-chan *batch, stop <-chan struct{}) {
	defer close(full)
	var spare []*batch
	next := func() *batch {
		if n := len(spare); n > 0 {
			b := spare[n-1]
			spare = spare[:n-1]
			return b
		}
		select {
		case b := <-free:
			return b
		case <-stop:
			return nil
		}
	}
	b := next()
	if b == nil {
		return
	}
	for e, err := range entries {
		if err == nil && b.add(e) {
			if b.count < batchSize {
				continue
			}
			full <- b // there is room for all of them
			if b = next(); b == nil {
				return
			}
			b.reset()
			continue
		}
		b.last, b.err = e, err
		full <- b
		// They come back in the order in which they went.
		for sent := b; ; {
			select {
			case b = <-free:
			case <-stop:
				return
			}
			if b == sent {
				break
			}
			spare = append(spare, b)
		}
		b.reset()
	}
	full <- b
}
