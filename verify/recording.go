package verify

import (
	"context"

	"github.com/keamigrate/keamigrate/verify/population"
)

// A Recording is what the clients of a file were told by dhcpd and by the
// translation, so that several configurations can be held against it.
type Recording struct {
	members []population.Member
	want    []told
	own     []told
	ended   []string // why dhcpd ended of a client; empty: it did not
}

// Record asks dhcpd and the translation, whatever the job is to verify.
func Record(ctx context.Context, j Job) (*Recording, error) {
	j.Against, j.Recording = nil, nil
	r, err := start(ctx, &j)
	if err != nil {
		return nil, err
	}
	n := len(r.members)
	out := &Recording{members: r.members, want: make([]told, n), own: make([]told, n), ended: make([]string, n)}
	for i, m := range r.members {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		want, ended, err := r.ask(r.model, i)
		if err != nil {
			return nil, err
		}
		out.want[i], out.ended[i] = *want, ended
		who := *m.Client
		who.Do = who.Do[:len(want.messages)]
		if err := speak(r.tested, i, &who, want, &out.own[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
