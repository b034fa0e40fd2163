package exchange_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/translator/model/answer"
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
			list, err := exchange.Deviations(a.conf, want, got)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range list {
				t.Errorf("%s\n%s", strings.Replace(d.String(), "Kea", "model", 1), a.clients[d.Client])
			}
		})
	}
}
