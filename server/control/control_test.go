package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/keamigrate/keamigrate/server/control"
)

func TestParseCommand(t *testing.T) {
	for text, want := range map[string]string{
		`{"command": "version-get"}`:              "version-get ",
		`{"command": "x", "arguments": {"a": 1}}`: `x {"a": 1}`,
		`{"command": "x", "service": ["dhcp4"]}`:  "x ",
		`{"command": 1}`:                          "invalid command: expected 'command' to be a string, got map instead",
		`{}`:                                      "invalid command: does not contain mandatory 'command'",
		`[]`:                                      "invalid command: expected toplevel entry to be a map, got list instead",
		`{"command": "x", "colour": "red"}`:       "invalid command: unsupported parameter 'colour'",
	} {
		c, err := control.ParseCommand([]byte(text))
		got := c.Name + " " + string(c.Arguments)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// Replies are written as Kea 3.0 does.
func TestReply(t *testing.T) {
	for want, reply := range map[string]control.Reply{
		`{ "result": 0, "text": "3.0.4" }`:                                                    {Text: "3.0.4"},
		`{ "arguments": { "a": [ 1, "x", true, null ], "b": {  }, "c": [  ] }, "result": 3 }`: {Result: control.Empty, Arguments: map[string]any{"a": []any{1, "x", true, nil}, "b": map[string]any{}, "c": []any{}}},
		`{ "arguments": [ 0.25, 1.0, 4294967295, 12 ], "result": 0 }`:                         {Arguments: []any{0.25, 1.0, uint32(4294967295), json.Number("12")}},
		`{ "result": 1, "text": "\"quoted\" <x>" }`:                                           {Result: control.Error, Text: `"quoted" <x>`},
	} {
		if got := string(reply.Append(nil)); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func TestUnix(t *testing.T) {
	name := filepath.Join(t.TempDir(), "s")
	l, err := control.ListenUnix(name)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o770 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	go control.Serve(t.Context(), l, func(_ context.Context, c control.Command) control.Reply {
		return control.Reply{Text: c.Name}
	})
	for command, want := range map[string]string{
		`{ "command": "x" }`: `{ "result": 0, "text": "x" }`,
		"x":                  `{ "result": 1, "text": "invalid command: invalid character 'x' looking for beginning of value" }`,
	} {
		got, err := control.Ask(t.Context(), name, []byte(command))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s %v, want %s", command, got, err, want)
		}
	}
	if _, err := control.ListenUnix(name); err == nil {
		t.Error("a second server took the socket away")
	}
	l.Close()
	if err := os.WriteFile(name, nil, 0o600); !errors.Is(err, os.ErrNotExist) && err != nil {
		t.Fatal(err)
	}
	if _, err := control.ListenUnix(name); err == nil {
		t.Error("a file was taken away")
	}
}

func FuzzParseCommand(f *testing.F) {
	f.Add([]byte(`{"command": "config-get", "arguments": {}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		// A name may be empty: Kea does not support such a command, but can read it.
		if c, err := control.ParseCommand(text); err == nil && !bytes.HasPrefix(text[c.Before:], c.Arguments) {
			t.Errorf("%q: the arguments %q are not at %d", text, c.Arguments, c.Before)
		}
	})
}
