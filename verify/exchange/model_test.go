package exchange_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

// modelTime is when the model's clock stands still.
var modelTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// The model answers what the real dhcpd answered, in every archive.
func TestModelAgainstRecordings(t *testing.T) {
	files, err := filepath.Glob("../../golden/exchanges/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a := readArchive(t, file)
			want, err := exchange.ParseMessages(string(a.file(answersFile)))
			if err != nil {
				t.Fatal(err)
			}
			target := exchange.Model(answer.New(a.conf, exchange.ModelSettings(a.network)), modelTime)
			got := run(t, target, a.clients)
			if len(want) != len(got) {
				t.Fatalf("%d messages are recorded, the model has %d", len(want), len(got))
			}
			for i, w := range want {
				for _, d := range unlike(w, got[i]) {
					t.Errorf("client %d, %s: %s\n%s", w.Client+1, w.Step, d, a.clients[w.Client])
				}
			}
		})
	}
}

// unlike lists in what two answers differ. The model has to choose the same
// addresses and send the same bytes as dhcpd; all it may do is to be some
// seconds off what remains of a lease.
func unlike(want, got exchange.Message) []string {
	what := func(m exchange.Message) string {
		switch {
		case !m.Sent:
			return "not sent"
		case m.Answer.Type == "":
			return "silence"
		}
		return m.Answer.Type
	}
	if what(want) != what(got) {
		return []string{fmt.Sprintf("dhcpd: %s, model: %s", what(want), what(got))}
	}
	var list []string
	for _, fields := range []map[string]string{want.Answer.Fields, got.Answer.Fields} {
		for name := range fields {
			w, g := want.Answer.Fields[name], got.Answer.Fields[name]
			line := fmt.Sprintf("%s: dhcpd %q, model %q", name, w, g)
			if w != g && !slices.Contains(list, line) && !nearly(want.Step, name, w, g) {
				list = append(list, line)
			}
		}
	}
	slices.Sort(list)
	return list
}

// nearly allows for the seconds that passed while the answer was recorded.
func nearly(step client.Step, field, want, got string) bool {
	w, err := strconv.Atoi(want)
	g, err2 := strconv.Atoi(got)
	slack := 5
	if step == client.Discover || step == client.Solicit {
		slack = 1
	}
	return err == nil && err2 == nil && strings.HasSuffix(field, "time") && max(w, g)-min(w, g) <= slack
}
