package exchange_test

import (
	"maps"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

// The recorded answers are read as they were written; compared with themselves
// they do not differ; and no field can change without a difference.
func TestRecordedAnswers(t *testing.T) {
	files, err := filepath.Glob("../../golden/exchanges/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			a := readArchive(t, file)
			text := string(a.file(answersFile))
			messages, err := exchange.ParseMessages(text)
			if err != nil {
				t.Fatal(err)
			}
			if again := exchange.Format(a.clients, messages); again != text {
				t.Fatalf("written again it is\n%s", again)
			}
			compare := func(got []exchange.Message) []exchange.Difference {
				list, err := exchange.Compare(a.conf, keaversion.Default, a.clients, messages, got)
				if err != nil {
					t.Fatal(err)
				}
				return list
			}
			if list := compare(messages); len(list) > 0 {
				t.Errorf("compared with itself: %v", list)
			}
			for i, m := range messages {
				for name, value := range m.Answer.Fields {
					if n, err := strconv.Atoi(value); err == nil {
						value = strconv.Itoa(n + 100)
					} else {
						value += "41" // not a NUL, which does not count
					}
					got := append([]exchange.Message{}, messages...)
					got[i].Answer.Fields = maps.Clone(m.Answer.Fields)
					got[i].Answer.Fields[name] = value
					list := compare(got)
					if len(list) != 1 || list[0].Field != name || list[0].Client != m.Client || list[0].Step != m.Step {
						t.Fatalf("message %d with another %s: %v", i+1, name, list)
					}
				}
			}
		})
	}
}

// Each rule that allows a difference, and what it does not allow.
func TestRules(t *testing.T) {
	a := readArchive(t, "../../golden/exchanges/leases.txtar")
	for _, tt := range []struct {
		step, field, want, got string
		rule                   string // "" for none
	}{
		{"discover", "address", "10.0.1.10", "10.0.1.11", "free-address"},
		{"discover", "address", "10.0.1.10", "10.0.2.11", ""},
		{"discover", "address", "10.0.1.10", "10.0.1.212", ""},
		{"discover", "option 3", "", "0x0a000101", ""}, // the client asks for it
		{"discover", "option 6", "", "0x0a000101", "unasked"},
		{"discover", "option 42", "", "0x0a000101", ""},
		{"discover", "option 42", "0x0a000101", "", ""},
		{"discover", "option 61", "", "0x01", ""},
		{"discover", "lease-time", "300", "304", ""},
		{"request", "lease-time", "300", "304", "clock"},
		{"request", "lease-time", "300", "310", ""},
		{"request", "lease-time", "2147483647", "4294967295", "end-of-time"},
		{"request", "T1", "312", "313", "rounding"},
		{"request", "T1", "312", "311", ""},
		{"inform", "option 1", "0xffffff00", "", "inform-mask"},
		{"request", "option 1", "0xffffff00", "", ""},
		{"request", "option 56", "0x41", "0x42", ""},                      // in a DHCPNAK only
		{"discover", "address", "10.0.1.12", "10.0.1.11", "free-address"}, // another's fixed address
	} {
		message := func(value string) []exchange.Message {
			m := exchange.Message{Sent: true, Answer: exchange.Answer{Type: "ACK", Fields: map[string]string{}}}
			for _, step := range a.clients[0].Do {
				if string(step) == tt.step {
					m.Step = step
				}
			}
			if value != "" {
				m.Answer.Fields[tt.field] = value
			}
			return []exchange.Message{m}
		}
		list, err := exchange.Compare(a.conf, keaversion.Default, a.clients, message(tt.want), message(tt.got))
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v: %v %v", tt, list, err)
		}
		if got := list[0]; got.Allowed != (tt.rule != "") || got.Allowed && got.Rule != tt.rule {
			t.Errorf("%s, %s %s, then %s: %+v, expected rule %q", tt.step, tt.field, tt.want, tt.got, got, tt.rule)
		}
	}
}
