package control

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keamigrate/keamigrate/server/logging"
)

// WebOptions say how a control channel over HTTP is served.
type WebOptions struct {
	// Realm and Users are those of basic authentication; without users everybody
	// may give commands.
	Realm string
	Users map[string]string // password by name
	// Headers are added to every answer.
	Headers map[string]string
	TLS     *tls.Config // nil: not encrypted
}

// idleTime is how long a connection stays open without a request, as with Kea.
const idleTime = 30 * time.Second

// The parts of the log and the levels of messages about requests.
const (
	webPart         = "http"
	authPart        = "auth"
	traceBasic      = 40
	traceBasicData  = 45
	traceDetail     = 50
	traceDetailData = 55
	shownRequest    = 1024 // bytes of a request that the log shows
)

// Web serves a control channel over HTTP.
type Web struct {
	Handler
	listener net.Listener
	options  atomic.Pointer[WebOptions]
	mu       sync.Mutex
	open     map[net.Conn]struct{}
	closed   bool
}

// ServeHTTP serves a control channel over HTTP, until Close.
func ServeHTTP(ctx context.Context, address string, o WebOptions, h Handler) (*Web, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	w := &Web{Handler: h, listener: l, open: map[net.Conn]struct{}{}}
	w.options.Store(&o)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			go w.serve(ctx, c)
		}
	}()
	return w, nil
}

// Update has other options hold, from the next request on; those for TLS from the next
// connection on.
func (w *Web) Update(o WebOptions) { w.options.Store(&o) }

// Close ends the service, and connections: those that wait for a request at once. A
// command over this very channel may close it, and gets its answer.
func (w *Web) Close() {
	w.listener.Close() // nothing waits for it
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for c := range w.open {
		c.SetReadDeadline(time.Unix(1, 0)) // who waits for bytes gets none
	}
}

// enter notes a connection; false: there is no service any more.
func (w *Web) enter(c net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.open[c] = struct{}{}
	}
	return !w.closed
}

// until sets how long is waited for bytes; false: there is no service any more.
func (w *Web) until(c net.Conn, patience time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.closed && c.SetReadDeadline(time.Now().Add(patience)) == nil
}

// serve answers the requests of a connection.
func (w *Web) serve(ctx context.Context, c net.Conn) {
	from := "(unknown address)"
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		from = a.IP.String()
	}
	if o := w.options.Load(); o.TLS != nil {
		c = tls.Server(c, o.TLS)
	}
	defer func() {
		w.mu.Lock()
		delete(w.open, c)
		w.mu.Unlock()
		c.Close() // whoever has gone away does not wait for it
		w.Log.DebugLog(traceBasic, webPart, "HTTP_CONNECTION_STOP", "stopping HTTP connection from %s", from)
	}()
	if !w.enter(c) {
		return
	}
	if t, ok := c.(*tls.Conn); ok {
		w.Log.DebugLog(traceDetail, webPart, "HTTP_CONNECTION_HANDSHAKE_START", "start TLS handshake with %s with timeout %d", from, int(patience.Seconds()))
		if c.SetDeadline(time.Now().Add(patience)) != nil {
			return // closed
		}
		if err := t.Handshake(); err != nil {
			w.Log.Log(logging.Info, webPart, "HTTP_CONNECTION_HANDSHAKE_FAILED", "TLS handshake with %s failed with %v", from, err)
			return
		}
	}
	w.Log.DebugLog(traceDetail, webPart, "HTTP_REQUEST_RECEIVE_START", "start receiving request from %s with timeout %d", from, int(patience.Seconds()))
	for wait := patience; w.serveOne(ctx, c, from, wait); wait = idleTime {
	}
}

// serveOne answers one request, and reports whether another one may come. wait is how
// long it may take to begin.
func (w *Web) serveOne(ctx context.Context, c net.Conn, from string, wait time.Duration) bool {
	var r httpRequest
	buffer := make([]byte, readSize)
	for {
		if !w.until(c, wait) {
			return false
		}
		n, err := c.Read(buffer)
		if n > 0 {
			w.Log.DebugLog(traceDetailData, webPart, "HTTP_DATA_RECEIVED", "received %d bytes from %s", n, from)
			wait = patience
			whole, err := r.add(buffer[:n])
			switch {
			case err != nil:
				w.bad(&r, err, from)
				return w.send(c, &httpAnswer{version: r.version(), status: 400}, from) && false
			case whole:
				return w.send(c, w.answerTo(ctx, &r, from), from) && r.stays()
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded) && wait == idleTime:
			w.Log.DebugLog(traceDetail, webPart, "HTTP_IDLE_CONNECTION_TIMEOUT_OCCURRED", "closing persistent connection with %s as a result of a timeout", from)
			return false
		case errors.Is(err, os.ErrDeadlineExceeded):
			w.Log.DebugLog(traceDetail, webPart, "HTTP_CLIENT_REQUEST_TIMEOUT_OCCURRED", "HTTP request timeout occurred when communicating with %s", from)
			return w.send(c, &httpAnswer{version: r.version(), status: 408}, from) && false
		case errors.Is(err, io.EOF):
			return false
		default:
			return false // gone
		}
	}
}

// bad tells of a request that is not understood.
func (w *Web) bad(r *httpRequest, err error, from string) {
	w.Log.DebugLog(traceBasic, webPart, "HTTP_BAD_CLIENT_REQUEST_RECEIVED", "bad request received from %s: %v", from, err)
	w.Log.DebugLog(traceBasicData, webPart, "HTTP_BAD_CLIENT_REQUEST_RECEIVED_DETAILS", "detailed information about bad request received from %s:\n%s", from, shown(r.raw))
}

// shown is what the log shows of a request or an answer.
func shown(text []byte) string {
	out := strings.ReplaceAll(string(text[:min(len(text), shownRequest)]), "\r\n", "\n")
	if len(text) > shownRequest {
		out += fmt.Sprintf(".........\n(truncating HTTP message larger than %d characters)\n", shownRequest)
	}
	return out
}

// answerTo answers a request that is whole.
func (w *Web) answerTo(ctx context.Context, r *httpRequest, from string) *httpAnswer {
	a := &httpAnswer{version: r.version(), status: 200}
	var text []byte
	if body := r.content(); len(body) > 0 {
		var err error
		if text, err = fromString(body); err != nil {
			w.bad(r, problem("unable to parse the body of the HTTP request: "+err.Error()), from)
			a.status = 400
			return a
		}
	}
	w.Log.DebugLog(traceBasic, webPart, "HTTP_CLIENT_REQUEST_RECEIVED", "received HTTP request from %s", from)
	if w.Log.Debugging() {
		w.Log.DebugLog(traceBasicData, webPart, "HTTP_CLIENT_REQUEST_RECEIVED_DETAILS", "detailed information about well-formed request received from %s:\n%s", from, shown(r.raw))
	}
	if !w.allowed(r) {
		a.status = 401
		a.headers = append(a.headers, header{"WWW-Authenticate", fmt.Sprintf("Basic realm=\"%s\"", w.options.Load().Realm)})
		return a
	}
	reply := Reply{Result: Error, Text: "Command processing failed: NULL command parameter"}
	if text != nil {
		reply = w.answer(ctx, text)
	}
	a.body = append(reply.Append([]byte("[ ")), " ]"...)
	return a
}

// send writes an answer.
func (w *Web) send(c net.Conn, a *httpAnswer, from string) bool {
	if a.body == nil {
		a.body = Reply{Result: a.status, Text: httpStatus[a.status]}.Append(nil)
	}
	more := w.options.Load().Headers
	for _, name := range slices.Sorted(maps.Keys(more)) {
		a.headers = append(a.headers, header{name, more[name]})
	}
	out := fmt.Appendf(nil, "%s\r\nContent-Length: %d\r\nContent-Type: application/json\r\nDate: %s\r\n",
		a.statusLine(), len(a.body), time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	for _, h := range a.headers {
		out = fmt.Appendf(out, "%s: %s\r\n", h.name, h.value)
	}
	out = append(append(out, newline...), a.body...)
	w.Log.DebugLog(traceBasic, webPart, "HTTP_SERVER_RESPONSE_SEND", "sending HTTP response %s to %s", a.statusLine(), from)
	if w.Log.Debugging() {
		w.Log.DebugLog(traceBasicData, webPart, "HTTP_SERVER_RESPONSE_SEND_DETAILS", "detailed information about response sent to %s:\n%s", from, shown(out))
	}
	if c.SetWriteDeadline(time.Now().Add(patience)) != nil {
		return false // closed
	}
	_, err := c.Write(out)
	return err == nil // whoever has gone away does not wait for it
}

// allowed compares a password in a time that does not tell how much of it is right.
func (w *Web) allowed(r *httpRequest) bool {
	users := w.options.Load().Users
	if len(users) == 0 {
		return true
	}
	given, ok := r.header["authorization"]
	if !ok {
		w.Log.Log(logging.Info, authPart, "HTTP_CLIENT_REQUEST_NO_AUTH_HEADER", "received HTTP request without required authentication header")
		return false
	}
	const scheme = "basic "
	fault := ""
	switch {
	case len(given) < len(scheme)+2:
		fault = "header content is too short"
	case !strings.EqualFold(given[:len(scheme)], scheme):
		fault = "not basic authentication"
	}
	if fault != "" {
		w.Log.Log(logging.Info, authPart, "HTTP_CLIENT_REQUEST_BAD_AUTH_HEADER", "received HTTP request with malformed authentication header: %s", fault)
		return false
	}
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(given[len(scheme):]))
	user, password, ok := strings.Cut(string(text), ":")
	want, known := users[user]
	if err != nil || !ok || !known || subtle.ConstantTimeCompare([]byte(password), []byte(want)) != 1 {
		w.Log.Log(logging.Info, authPart, "HTTP_CLIENT_REQUEST_NOT_AUTHORIZED", "received HTTP request with not matching authentication header")
		return false
	}
	w.Log.Log(logging.Info, authPart, "HTTP_CLIENT_REQUEST_AUTHORIZED", "received HTTP request authorized for '%s'", user)
	return true
}
