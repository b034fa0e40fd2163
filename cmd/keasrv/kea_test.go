package main

import (
	"bytes"
	"strings"
	"testing"
)

// What Kea 3.0.4 says before it says how to call it.
func TestKeaWrongCall(t *testing.T) {
	for call, want := range map[string]string{
		"":                    "Configuration file not specified.\n",
		"-c ":                 "Configuration file not specified.\n",
		"-t ":                 "Configuration file not specified.\n",
		"-h":                  "kea-dhcp4: invalid option -- 'h'\n",
		"--help":              "kea-dhcp4: invalid option -- '-'\n",
		"-s":                  "kea-dhcp4: invalid option -- 's'\n",
		"-c":                  "kea-dhcp4: option requires an argument -- 'c'\n",
		"-p 0 -c k.conf":      "Failed to parse server port number: [0], 1-65535 allowed.\n",
		"-p 70000 -c k.conf":  "Failed to parse server port number: [70000], 1-65535 allowed.\n",
		"-p x -c k.conf":      "Failed to parse server port number: [x], 1-65535 allowed.\n",
		"-P 0 -c k.conf":      "Failed to parse client port number: [0], 1-65535 allowed.\n",
		"foo":                 "",
		"-c k.conf foo":       "",
		"-d -X -c k.conf foo": "",
	} {
		var out, err bytes.Buffer
		status := run(t.Context(), terminal{strings.NewReader(""), &out, &err}, "kea-dhcp4", words(call))
		if status != 1 || out.Len() > 0 || err.String() != want+keaUsage {
			t.Errorf("%q: status %d, %q, %q", call, status, out.String(), err.String())
		}
	}
}

func words(call string) []string {
	if call == "" {
		return nil
	}
	return strings.Split(call, " ")
}

func TestKeaOptions(t *testing.T) {
	for call, want := range map[string]serveOptions{
		"-c a.conf":         {config: "a.conf", port: 67},
		"-ca.conf -d":       {config: "a.conf", port: 67, debug: true},
		"-dX -p 10067 -c x": {config: "x", port: 10067, debug: true, anywhere: true},
		"-P 68 -t x":        {config: "x", port: 67, clientPort: 68, check: true},
		"-T x":              {config: "x", port: 67, check: true, hooks: true},
		"-t x -c y":         {config: "y", port: 67, check: true},
		"-v -V -nonsense":   {port: 67, show: "3.0.4\n"},
		"-dv":               {port: 67, debug: true, show: "3.0.4\n"},
		"-c x --":           {config: "x", port: 67},
	} {
		if got, err := keaOptions("kea-dhcp4", words(call)); err != nil || got != want {
			t.Errorf("%q: %+v, %v", call, got, err)
		}
	}
}
