package control_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/logging"
)

// serveWeb serves commands over HTTP on some port.
func serveWeb(t *testing.T, o control.WebOptions) (w *control.Web, address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	l.Close()
	h := control.Handler{Log: logging.New("kea-dhcp4", io.Discard, logging.Debug, time.Now), Command: func(_ context.Context, c control.Command) control.Reply {
		return control.Reply{Text: c.Name}
	}}
	if w, err = control.ServeHTTP(t.Context(), address, o, h); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w, address
}

// talk sends a text and returns what comes until the connection is closed, or all of an
// answer and "(open)".
func talk(t *testing.T, address, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	var all []byte
	buffer := make([]byte, 4096)
	for {
		n, err := c.Read(buffer)
		all = append(all, buffer[:n]...)
		if err != nil {
			break
		}
		if head, body, ok := strings.Cut(string(all), "\r\n\r\n"); ok {
			var length int
			fmt.Sscanf(head[strings.Index(head, "Content-Length:"):], "Content-Length: %d", &length)
			if len(body) < length {
				continue
			}
			// It is open if it answers another request.
			fmt.Fprint(c, "POST / HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}") // it may be closed
			if n, err := c.Read(buffer); err == nil && n > 0 {
				all = append(all, "(open)"...)
			}
			break
		}
	}
	return regexp.MustCompile(`Date: [^|]*`).ReplaceAllString(strings.ReplaceAll(string(all), "\r\n", "|"), "Date: D")
}

// What Kea 3.0.4 answers to requests, byte for byte but for the date; the command is none
// of its own.
func TestHTTP(t *testing.T) {
	_, address := serveWeb(t, control.WebOptions{})
	const command = `{"command":"x"}`
	post := func(line, headers, body string) string {
		return fmt.Sprintf("%s\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", line, headers, len(body), body)
	}
	const kind = "Content-Type: application/json\r\n"
	const good = `[ { "result": 0, "text": "x" } ]`
	const bad = `{ "result": 400, "text": "Bad Request" }`
	for _, c := range []struct{ request, status, body, more string }{
		{post("POST / HTTP/1.1", kind, command), "HTTP/1.1 200 OK", good, "(open)"},
		{post("POST /any/path?q HTTP/1.1", kind, command), "HTTP/1.1 200 OK", good, "(open)"},
		{post("POST / HTTP/1.0", kind, command), "HTTP/1.0 200 OK", good, ""},
		{post("POST / HTTP/2.0", kind, command), "HTTP/1.0 200 OK", good, "(open)"},
		{post("POST / HTTP/1.1", kind+"Connection: close\r\n", command), "HTTP/1.1 200 OK", good, ""},
		{post("POST / HTTP/1.0", kind+"Connection: keep-alive\r\n", command), "HTTP/1.0 200 OK", good, "(open)"},
		{post("POST / HTTP/1.1", "content-type: Application/JSON\r\n", command), "HTTP/1.1 200 OK", good, "(open)"},
		{post("GET / HTTP/1.1", kind, ""), "HTTP/1.1 400 Bad Request", bad, ""},
		{post("PUT / HTTP/1.1", kind, command), "HTTP/1.1 400 Bad Request", bad, ""},
		{post("POST / HTTP/1.1", "", command), "HTTP/1.1 400 Bad Request", bad, ""},
		{post("POST / HTTP/1.1", "Content-Type: application/json; charset=utf-8\r\n", command), "HTTP/1.1 400 Bad Request", bad, ""},
		{"POST / HTTP/1.1\r\n" + kind + "\r\n" + command, "HTTP/1.1 400 Bad Request", bad, ""},
		{"hello there\r\n\r\n", "HTTP/1.0 400 Bad Request", bad, ""},
		{post("POST / HTTP/1.1", kind, "xx"), "HTTP/1.1 400 Bad Request", bad, "(open)"},
		{post("POST / HTTP/1.1", kind, command+" x"), "HTTP/1.1 400 Bad Request", bad, "(open)"},
		{post("POST / HTTP/1.1", kind, "# x\n"+command), "HTTP/1.1 400 Bad Request", bad, "(open)"},
		{post("POST / HTTP/1.1", kind, ""), "HTTP/1.1 200 OK", `[ { "result": 1, "text": "Command processing failed: NULL command parameter" } ]`, "(open)"},
		{post("POST / HTTP/1.1", kind, "5"), "HTTP/1.1 200 OK", `[ { "result": 1, "text": "Error during command processing: invalid command: expected toplevel entry to be a map, got integer instead" } ]`, "(open)"},
	} {
		want := fmt.Sprintf("%s|Content-Length: %d|Content-Type: application/json|Date: D||%s%s", c.status, len(c.body), c.body, c.more)
		if got := talk(t, address, c.request); got != want {
			t.Errorf("%q\n  %s\nwant\n  %s", c.request, got, want)
		}
	}
}

// Names and passwords are asked for, and options change while the service runs.
func TestHTTPAuthentication(t *testing.T) {
	w, address := serveWeb(t, control.WebOptions{Realm: "r", Users: map[string]string{"a": "b"}, Headers: map[string]string{"X-A": "v"}})
	ask := func(header string) string {
		status, _, _ := strings.Cut(talk(t, address, "POST / HTTP/1.1\r\nContent-Type: application/json\r\nConnection: close\r\n"+header+"Content-Length: 15\r\n\r\n"+`{"command":"x"}`), "||")
		return status
	}
	const refused = "HTTP/1.1 401 Unauthorized|Content-Length: 41|Content-Type: application/json|Date: D|WWW-Authenticate: Basic realm=\"r\"|X-A: v"
	const taken = "HTTP/1.1 200 OK|Content-Length: 32|Content-Type: application/json|Date: D|X-A: v"
	for header, want := range map[string]string{
		"":                                refused,
		"Authorization: Basic YTpi\r\n":   taken,
		"Authorization: basic   YTpi\r\n": taken,
		"Authorization: Basic YTp4\r\n":   refused,
		"Authorization: Basic YWI=\r\n":   refused,
		"Authorization: Basic !!!\r\n":    refused,
		"Authorization: Basic\r\n":        refused,
		"Authorization: Bearer abc\r\n":   refused,
	} {
		if got := ask(header); got != want {
			t.Errorf("%q\n  %s\nwant\n  %s", header, got, want)
		}
	}
	w.Update(control.WebOptions{})
	if got := ask(""); !strings.HasPrefix(got, "HTTP/1.1 200 OK|") {
		t.Errorf("after an update: %s", got)
	}
	w.Close()
	if c, err := net.Dial("tcp", address); err == nil {
		c.Close()
		t.Error("the service goes on when it has been closed")
	}
}

// FuzzHTTP reads requests at once and in pieces: what is read does not depend on that.
func FuzzHTTP(f *testing.F) {
	const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
	for _, seed := range []string{head + "\r\n{}", head + "Connection: close\r\n\r\n{}more", "GET / HTTP/1.0\r\n\r\n", "POST / HTTP/1.1\n\n", head + ":\r\n\r\n", "POST", "POST / HTTP/1.1\n\n" + head + "\r\n{}"} {
		f.Add([]byte(seed), uint8(1))
	}
	f.Fuzz(func(t *testing.T, text []byte, piece uint8) {
		body, whole, err := control.ReadHTTP(text, max(len(text), 1))
		body2, whole2, err2 := control.ReadHTTP(text, max(int(piece), 1))
		if whole != whole2 || (err == nil) != (err2 == nil) || !bytes.Equal(body, body2) {
			t.Errorf("%q: at once %q, %t, %v; in pieces of %d %q, %t, %v", text, body, whole, err, piece, body2, whole2, err2)
		}
	})
}
