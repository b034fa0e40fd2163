package control

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
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

// Times of connections, as with Kea.
const (
	idleTime  = 30 * time.Second
	closeTime = time.Second // for answers that are on their way when it ends
)

// ServeHTTP serves a control channel over HTTP, until what it returns is called.
func ServeHTTP(ctx context.Context, address string, o WebOptions, handle func(context.Context, Command) Reply) (shut func(), err error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if o.TLS != nil {
		l = tls.NewListener(l, o.TLS)
	}
	s := &http.Server{Handler: o.handler(handle), ReadTimeout: patience, IdleTimeout: idleTime, BaseContext: func(net.Listener) context.Context { return ctx }}
	go s.Serve(l) // it ends with Shutdown
	return func() {
		// A command over this very channel may close it: it is not waited for.
		go func() {
			ctx, stop := context.WithTimeout(context.Background(), closeTime)
			defer stop()
			if s.Shutdown(ctx) != nil {
				s.Close()
			}
		}()
		l.Close()
	}, nil
}

func (o *WebOptions) handler(handle func(context.Context, Command) Reply) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for name, value := range o.Headers {
			w.Header().Set(name, value)
		}
		if !o.allowed(r) {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q", o.Realm))
			answerHTTP(w, http.StatusUnauthorized, Reply{Result: http.StatusUnauthorized, Text: "Unauthorized"}.Append(nil))
			return
		}
		bad := Reply{Result: http.StatusBadRequest, Text: "Bad Request"}.Append(nil)
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			answerHTTP(w, http.StatusBadRequest, bad)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCommand))
		if err != nil || !json.Valid(body) {
			answerHTTP(w, http.StatusBadRequest, bad)
			return
		}
		answerHTTP(w, http.StatusOK, append(append([]byte("[ "), answer(r.Context(), body, handle).Append(nil)...), " ]"...))
	})
}

// answer answers a command that is JSON.
func answer(ctx context.Context, text []byte, handle func(context.Context, Command) Reply) Reply {
	command, err := ParseCommand(text)
	if err != nil {
		return Reply{Result: Error, Text: "Error during command processing: " + err.Error()}
	}
	return handle(ctx, command)
}

func answerHTTP(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	w.Write(body) // whoever has gone away does not wait for it
}

// allowed compares a password in a time that does not tell how much of it is right.
func (o *WebOptions) allowed(r *http.Request) bool {
	if len(o.Users) == 0 {
		return true
	}
	user, password, ok := r.BasicAuth()
	want, known := o.Users[user]
	return ok && known && subtle.ConstantTimeCompare([]byte(password), []byte(want)) == 1
}
