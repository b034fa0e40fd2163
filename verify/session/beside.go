package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// updatesAddress is where Kea sends requests for changes of DNS unless it is told
// otherwise.
const updatesAddress = "127.0.0.1:53001"

// patience is how long a session waits for what has to come, on a busy machine too.
const patience = time.Minute

// Recorder is the name of a program for run_script and others that start programs: it
// records how it has been run.
const Recorder = "record.sh"

// recorded is the file of what the program has recorded, in the server's root directory.
const recorded = "/etc/kea/recorded"

// BuildRecorder builds the program that has the name [Recorder] in a session. A session's
// root directory has no shell. It needs the go command.
func BuildRecorder(folder string) ([]byte, error) {
	path := filepath.Join(folder, "record")
	build := exec.Command("go", "build", "-o", path, "github.com/keamigrate/keamigrate/verify/session/record")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the recorder: %w\n%s", err, out)
	}
	return os.ReadFile(path)
}

// showRequests shows requests for kea-dhcp-ddns: n that have to come, and any more that
// were sent before the server had done what it was asked so far.
func (s *session) showRequests(ctx context.Context, n int) error {
	const most = 65536
	buffer := make([]byte, most)
	for i := 0; ; i++ {
		wait := patience
		if i >= n {
			if i == n {
				if _, err := s.logSoFar(ctx); err != nil {
					return err
				}
			}
			wait = time.Millisecond // what has been sent on the loopback address is there
		}
		if err := s.requests.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return err
		}
		size, _, err := s.requests.ReadFrom(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if i < n {
				s.out.WriteString("nothing\n")
			}
			return nil
		}
		if err != nil {
			return err
		}
		text, err := requestText(buffer[:size])
		if err != nil {
			return err
		}
		s.out.WriteString(text)
	}
}

// requestText is a request for kea-dhcp-ddns on one line. What it says about the end of
// the lease is the time and its own length: a second more or less is chance.
func requestText(datagram []byte) (string, error) {
	const head = 2
	if len(datagram) < head || int(datagram[0])<<8|int(datagram[1]) != len(datagram)-head {
		return "", fmt.Errorf("a request with a wrong length: %q", datagram)
	}
	var r map[string]any
	if err := json.Unmarshal(datagram[head:], &r); err != nil {
		return "", fmt.Errorf("a request that is no JSON: %w", err)
	}
	text, _ := r["lease-expires-on"].(string)
	end, err := time.Parse("20060102150405", text)
	if err != nil {
		return "", err
	}
	length, _ := r["lease-length"].(float64)
	const slack = 5 * time.Minute
	r["lease-expires-on"] = text
	if off := time.Until(end) - time.Duration(length)*time.Second; off.Abs() < slack {
		r["lease-expires-on"] = "in lease-length"
	}
	shown, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	return string(shown) + "\n", nil
}

// showRuns shows the next n runs of the recorder, ordered by their text where several
// come: nothing says which of them ends first.
func (s *session) showRuns(ctx context.Context, n int) error {
	var runs []string
	for deadline := time.Now().Add(patience); ; {
		content, err := os.ReadFile(filepath.Join(s.dir, filepath.Base(recorded)))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		runs = strings.SplitAfter(string(content), "\n\n")
		runs = runs[s.runs:max(s.runs, len(runs)-1)] // without what is behind the last
		if len(runs) >= n || time.Now().After(deadline) {
			break
		}
		const pause = 2 * time.Millisecond
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	s.runs += len(runs)
	slices.Sort(runs)
	for _, run := range runs {
		s.out.WriteString(strings.ReplaceAll(withoutTimes(run), "LOCAL_HWADDR="+s.link.Server().String(), "LOCAL_HWADDR=the server's"))
	}
	if len(runs) < n {
		s.out.WriteString("nothing\n")
	}
	return nil
}
