package oracle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// startedMessages holds what a Kea daemon logs, at INFO, when it serves.
var startedMessages = map[string]string{
	"kea-dhcp4": "DHCP4_STARTED", "kea-dhcp6": "DHCP6_STARTED",
	"kea-dhcp-ddns": "DHCP_DDNS_STARTED", "kea-ctrl-agent": "CTRL_AGENT_STARTED",
}

// Start runs Kea with a configuration, in a network namespace with the given
// interfaces and none other, until it logs that it serves, and ends it. So the
// configuration has to log INFO to standard output, to a file below /var/log or
// to syslog. log holds what was written to either; sockets that could not be opened are in there,
// they do not keep Kea from starting. ok is false if Kea exits; the error says
// that it could not be run or did neither before ctx ended.
func (p *Program) Start(ctx context.Context, file string, interfaces ...Interface) (ok bool, log string, err error) {
	logs, err := os.MkdirTemp("", "keamigrate-oracle-")
	if err != nil {
		return false, "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(logs)) }()
	if err := os.Mkdir(filepath.Join(logs, "log"), 0o755); err != nil {
		return false, "", err
	}
	syslog, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(logs, "syslog"), Net: "unixgram"})
	if err != nil {
		return false, "", err
	}
	defer syslog.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd, inside, err := p.sandboxed(ctx, file, interfaces, logs)
	if err != nil {
		return false, "", err
	}
	cmd.Args = append(cmd.Args, "-c", inside)
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	go out.receive(syslog)
	exited := make(chan error, 1)
	go func() { exited <- runLocked(cmd.Run) }()

	tail := logTail{dir: filepath.Join(logs, "log"), read: map[string]int64{}}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case runErr := <-exited:
			tail.more()
			return p.exitedEarly(ctx, runErr, out.String()+tail.text.String())
		case <-tick.C:
			tail.more()
			if !strings.Contains(out.String(), startedMessages[p.Name]) && !tail.contains(startedMessages[p.Name]) {
				continue
			}
			stop()
			<-exited
			return true, out.String() + tail.text.String(), nil
		}
	}
}

func (p *Program) exitedEarly(ctx context.Context, runErr error, log string) (bool, string, error) {
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return false, log, fmt.Errorf("%s did not log %s: %w", p.Name, startedMessages[p.Name], ctx.Err())
	case errors.As(runErr, &exit) && exit.ExitCode() == setupFailed:
		return false, "", fmt.Errorf("cannot set up a root directory for the program: %s", log)
	case runErr != nil && !errors.As(runErr, &exit):
		return false, log, runErr
	}
	return false, log, nil
}

// logTail collects what is added to the files below a folder.
type logTail struct {
	dir    string
	read   map[string]int64 // bytes read so far, by path
	text   bytes.Buffer
	looked int // bytes of text that contains has searched
}

// more reads on. A file that vanishes or cannot be read is left out: it would
// be missing from the log, and so the test would fail that looks for it there.
func (t *logTail) more() {
	_ = filepath.WalkDir(t.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasSuffix(path, ".lock") {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return nil
		}
		defer f.Close()
		if _, err := f.Seek(t.read[path], io.SeekStart); err == nil {
			n, _ := io.Copy(&t.text, f)
			t.read[path] += n
		}
		return nil
	})
}

func (t *logTail) contains(s string) bool {
	from := max(0, t.looked-len(s))
	t.looked = t.text.Len()
	return bytes.Contains(t.text.Bytes()[from:], []byte(s))
}

// lockedBuffer is a buffer that is read while a program writes to it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// receive writes each message that comes, on a line of its own, until the
// socket is closed.
func (b *lockedBuffer) receive(socket *net.UnixConn) {
	message := make([]byte, 1<<16)
	for {
		n, err := socket.Read(message)
		if err != nil {
			return
		}
		line := append(bytes.TrimRight(message[:n], "\x00\n"), '\n')
		if _, err := b.Write(line); err != nil {
			return
		}
	}
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// size returns how many bytes were written so far.
func (b *lockedBuffer) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Len()
}

// after returns what was written after the first bytes.
func (b *lockedBuffer) after(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.buf.Bytes()[n:])
}
