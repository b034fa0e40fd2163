package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/logging"
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

// Files are written as Kea 3.0 does.
func TestPretty(t *testing.T) {
	const want = "{\n  \"a\": [ ],\n  \"b\": { },\n  \"c\": [ \"x\", 2 ],\n  \"d\": [\n    {\n      \"e\": 1\n    },\n    {\n      \"f\": true\n    }\n  ]\n}"
	got := control.AppendPretty(nil, map[string]any{"a": []any{}, "b": map[string]any{}, "c": []any{"x", 2},
		"d": []any{map[string]any{"e": 1}, map[string]any{"f": true}}}, 0)
	if string(got) != want {
		t.Errorf("%s\nwant %s", got, want)
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
	go control.Serve(t.Context(), l, control.Handler{Log: logging.New("kea-dhcp4", io.Discard, logging.Debug, time.Now), Command: func(_ context.Context, c control.Command) control.Reply {
		return control.Reply{Text: c.Name + string(c.Arguments)}
	}})
	// Recorded from Kea 3.0.4, but for the answer to a command that is none of its own.
	for command, want := range map[string]string{
		`{ "command": "x" }`:             `{ "result": 0, "text": "x" }`,
		"x":                              `{ "result": 1, "text": "invalid first character x" }`,
		" x":                             `{ "result": 1, "text": "invalid character x" }`,
		"/ /":                            `{ "result": 1, "text": "invalid characters / " }`,
		"null":                           `{ "result": 1, "text": "invalid first character n" }`,
		"[1, 2]":                         `{ "result": 1, "text": "Error during command processing: invalid command: expected toplevel entry to be a map, got list instead" }`,
		`{"command":null}`:               `{ "result": 1, "text": "Error during command processing: invalid command: expected 'command' to be a string, got map instead" }`,
		`{"command":"a","command":"b"}`:  `{ "result": 0, "text": "b" }`,
		`{"command":"a"}{"command":"b"}`: `{ "result": 0, "text": "a" }`,
		"# c\n{/* c */\"command\":\"x\"//\n} tail": `{ "result": 0, "text": "x" }`,
		`{"command":"x","arguments":01}`:           `{ "result": 0, "text": "x1" }`,
		`{"command":"x","arguments":[+5,1,]}`:      `{ "result": 0, "text": "x[ 5,1]" }`,
		`{"command":"x","arguments":"a	b"}`:        `{ "result": 0, "text": "x\"a\\u0009b\"" }`,
		`{"command":"version-get",}`:               `{ "result": 1, "text": "String expected in <wire>:0:26" }`,
		`{'command':'version-get'}`:                `{ "result": 1, "text": "String expected in <wire>:0:2" }`,
		`{"a":}`:                                   `{ "result": 1, "text": "error: unexpected character } in <wire>:0:6" }`,
		`{"a"}`:                                    `{ "result": 1, "text": "'}' read, one of \":\" expected in <wire>:0:5" }`,
		`{"command":"x" "y"}`:                      `{ "result": 1, "text": "'\"' read, one of \",}\" expected in <wire>:0:16" }`,
		`{]`:                                       `{ "result": 1, "text": "String expected in <wire>:0:2" }`,
		`{"a":1-2}`:                                `{ "result": 1, "text": "Unexpected content found while parsing character string." }`,
		`{"a":tRue}`:                               `{ "result": 1, "text": "Bad boolean value: tRue in <wire>:0:5" }`,
		`{"a":nul}`:                                `{ "result": 1, "text": "Bad null value: nul in <wire>:0:5" }`,
		`{"a":"\u20ac"}`:                           `{ "result": 1, "text": "Unsupported unicode escape in <wire>:0:8" }`,
		`{"a":"\u0"}`:                              `{ "result": 1, "text": "Unsupported unicode escape in <wire>:0:7" }`,
		`{"a":"\u00zz"}`:                           `{ "result": 1, "text": "Not hexadecimal in unicode escape in <wire>:0:7" }`,
		`{"a":"\x"}`:                               `{ "result": 1, "text": "Bad escape in <wire>:0:7" }`,
		`{"a":[1 2]}`:                              `{ "result": 1, "text": "'2' read, one of \",]\" expected in <wire>:0:9" }`,
		`{"a":1e400}`:                              `{ "result": 1, "text": "Number overflow while trying to cast '1e400' to double: bad lexical cast: source type value could not be interpreted as target in <wire>:0:5" }`,
		"{\"a\":\x00}":                             `{ "result": 1, "text": "error: unexpected character " }`,
		nested(99):                                 `{ "result": 0, "text": "x` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `" }`,
		nested(100):                                `{ "result": 1, "text": "fromJSON elements nested too deeply" }`,
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

// nested is a command with lists in lists.
func nested(depth int) string {
	return `{"command":"x","arguments":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}"
}

// A lock beside the socket keeps other servers away, and goes with it.
func TestLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "s")
	l, err := control.ListenUnix(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := control.ListenUnix(name); err == nil || !strings.Contains(err.Error(), "cannot lock socket lockfile") {
		t.Errorf("%v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func FuzzParseCommand(f *testing.F) {
	f.Add([]byte(`{"command": "config-get", "arguments": {}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		// What comes over a socket is JSON when it has been read, and the same when it
		// is read again.
		if strict, err := control.FromWire(text); err == nil {
			if !json.Valid(strict) {
				t.Errorf("%q is read as %q", text, strict)
			}
			again, err := control.FromWire(strict)
			if err != nil || !bytes.Equal(again, strict) {
				t.Errorf("%q is read as %q, and that as %q: %v", text, strict, again, err)
			}
			text = strict
		}
		// A name may be empty: Kea does not support such a command, but can read it.
		if c, err := control.ParseCommand(text); err == nil && !bytes.HasPrefix(text[c.Before:], c.Arguments) {
			t.Errorf("%q: the arguments %q are not at %d", text, c.Arguments, c.Before)
		}
	})
}
