package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/config"
)

// buildPing builds a configuration with the hook and a subnet.
func buildPing(t *testing.T, parameters, subnet string) (*config.Config4, error) {
	t.Helper()
	text := `{ "Dhcp4": { "hooks-libraries": [ { "library": "libdhcp_ping_check.so"` + parameters + ` } ], "subnet4": [ { "id": 7, "subnet": "10.0.0.0/24"` + subnet + ` } ] } }`
	conf, _, err := keaconf.ReadDHCP4("conf", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return config.Build(conf)
}

// TestPingFaults has faults that Kea finds, in its words.
func TestPingFaults(t *testing.T) {
	for _, one := range [][2]string{
		{``, "params must not be null"},
		{`{ "foo": 1 }`, "spurious 'foo' parameter"},
		{`{ "enable-ping-check": 1 }`, "'enable-ping-check' parameter is not a boolean"},
		{`{ "min-ping-requests": 0 }`, "invalid min-ping-requests: '0', must be greater than 0"},
		{`{ "min-ping-requests": "x" }`, "'min-ping-requests' parameter is not an integer"},
		{`{ "reply-timeout": -5 }`, "invalid reply-timeout: '-5', must be greater than 0"},
		{`{ "reply-timeout": 1.5 }`, "'reply-timeout' parameter is not an integer"},
		{`{ "ping-cltt-secs": -1 }`, "invalid ping-cltt-secs: '-1', cannot be less than 0"},
		{`{ "ping-channel-threads": -1 }`, "invalid ping-channel-threads: '-1', cannot be less than 0"},
	} {
		parameters := one[0]
		if parameters != "" {
			parameters = `, "parameters": ` + parameters
		}
		if _, err := buildPing(t, parameters, ""); err == nil || !strings.Contains(err.Error(), one[1]) {
			t.Errorf("%s: %v, want %s", one[0], err, one[1])
		}
		if one[0] == "" {
			continue
		}
		if _, err := buildPing(t, `, "parameters": {}`, `, "user-context": { "ping-check": `+one[0]+` }`); err == nil || !strings.Contains(err.Error(), one[1]) {
			t.Errorf("%s in a subnet: %v, want %s", one[0], err, one[1])
		}
	}
}

// TestPingSettings: the settings of a subnet inherit nothing.
func TestPingSettings(t *testing.T) {
	conf, err := buildPing(t, `, "parameters": { "min-ping-requests": 3, "reply-timeout": 50 }`, `, "user-context": { "ping-check": { "ping-cltt-secs": 5 } }`)
	if err != nil {
		t.Fatal(err)
	}
	all := config.PingSettings{Enabled: true, Requests: 3, Timeout: 50 * time.Millisecond, CLTT: 60}
	own := config.PingSettings{Enabled: true, Requests: 1, Timeout: 100 * time.Millisecond, CLTT: 5}
	if p := conf.Hooks.Ping; p.At(1) != all || p.At(7) != own {
		t.Errorf("%+v, %+v", p.At(1), p.At(7))
	}
}
