package resolve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// formatVersion is the version of the form of resolved.json.
const formatVersion = 1

// Answers is what is known about names: the content of resolved.json.
type Answers struct {
	Version int `json:"version"`
	// Addresses holds the addresses of each name, sorted, of both protocols.
	Addresses map[string][]netip.Addr `json:"addresses"`
	// NotFound lists the names that do not exist; they are not asked for again.
	NotFound []string `json:"not-found,omitempty"`
	// Failed says why other names have no answer; they are asked for again.
	Failed map[string]string `json:"failed,omitempty"`
}

// Read reads resolved.json. Its errors say what is wrong with the file.
func Read(r io.Reader) (*Answers, error) {
	var a Answers
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&a); err != nil {
		return nil, fmt.Errorf("not the form of resolved.json: %w", err)
	}
	if a.Version != formatVersion {
		return nil, fmt.Errorf("version %d of resolved.json is not known, want %d", a.Version, formatVersion)
	}
	return &a, nil
}

// Write writes resolved.json; the same answers give the same bytes.
func (a *Answers) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(a)
}

// Lookup returns the addresses of a name; none when it has no answer.
func (a *Answers) Lookup(name string) []netip.Addr {
	if a == nil {
		return nil
	}
	return a.Addresses[Key(name)]
}

// Lookup asks for the addresses of one name. A name that does not exist gives
// no address, and no error or a *net.DNSError with IsNotFound.
type Lookup func(ctx context.Context, name string) ([]netip.Addr, error)

// Limits bound the asking.
type Limits struct {
	Parallel int           // names asked for at the same time; 0: 32
	Timeout  time.Duration // for each name; 0: 2 s
}

// Resolve returns answers for names: those of earlier where it has one, what
// lookup says for the others. With a nil lookup nobody is asked, and names
// without an earlier answer have none. It returns when every name has its
// answer or ran into the time limit.
func Resolve(ctx context.Context, names []string, earlier *Answers, lookup Lookup, limits Limits) *Answers {
	a := &Answers{Version: formatVersion, Addresses: map[string][]netip.Addr{}}
	if limits.Parallel == 0 {
		limits.Parallel = 32
	}
	if limits.Timeout == 0 {
		limits.Timeout = 2 * time.Second
	}
	absent := map[string]bool{}
	if earlier != nil {
		for _, name := range earlier.NotFound {
			absent[name] = true
		}
	}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(limits.Parallel)
	for _, name := range names {
		if known := earlier.Lookup(name); known != nil {
			mu.Lock()
			a.Addresses[name] = known
			mu.Unlock()
			continue
		}
		if absent[name] {
			mu.Lock()
			a.NotFound = append(a.NotFound, name)
			mu.Unlock()
			continue
		}
		if lookup == nil {
			continue
		}
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, limits.Timeout)
			defer cancel()
			addrs, err := lookup(ctx, name)
			mu.Lock()
			defer mu.Unlock()
			a.record(name, addrs, err)
			return nil
		})
	}
	group.Wait() // no function returns an error
	slices.Sort(a.NotFound)
	return a
}

func (a *Answers) record(name string, addrs []netip.Addr, err error) {
	var dns *net.DNSError
	switch {
	case len(addrs) > 0:
		sorted := make([]netip.Addr, 0, len(addrs))
		for _, addr := range addrs {
			sorted = append(sorted, addr.Unmap().WithZone(""))
		}
		slices.SortFunc(sorted, netip.Addr.Compare)
		a.Addresses[name] = slices.Compact(sorted)
	case err == nil, errors.As(err, &dns) && dns.IsNotFound:
		a.NotFound = append(a.NotFound, name)
	default:
		if a.Failed == nil {
			a.Failed = map[string]string{}
		}
		// The error's own text may name the machine's resolver and a port that
		// changes each time.
		a.Failed[name] = "no answer"
		if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &dns) && dns.IsTimeout {
			a.Failed[name] = "no answer in time"
		}
	}
}

// System asks the way the system does: /etc/hosts, DNS, and so on.
func System(r *net.Resolver) Lookup {
	return func(ctx context.Context, name string) ([]netip.Addr, error) {
		return r.LookupNetIP(ctx, "ip", name)
	}
}
