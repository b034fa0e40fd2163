package database

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Processor is the processor time that the server has used so far, to a hundredth
// of a second. It needs Linux.
func (s *Server) Processor() (time.Duration, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	own := strconv.Itoa(s.cmd.Process.Pid)
	var ticks int64
	found := false
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended meanwhile
		}
		end := bytes.LastIndexByte(text, ')')
		fields := strings.Fields(string(text[end+1:]))
		const parent, user, system, childrenUser, childrenSystem = 1, 11, 12, 13, 14
		if end < 0 || len(fields) <= childrenSystem {
			return 0, fmt.Errorf("%s is not as expected: %q", name, text)
		}
		counted := []int{user, system} // of a process that the server has started
		switch own {
		case filepath.Base(filepath.Dir(name)):
			found, counted = true, append(counted, childrenUser, childrenSystem)
		case fields[parent]:
		default:
			continue
		}
		for _, i := range counted {
			n, err := strconv.ParseInt(fields[i], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", name, err)
			}
			ticks += n
		}
	}
	if !found {
		return 0, fmt.Errorf("process %s, the server, is not in /proc", own)
	}
	return time.Duration(ticks) * (time.Second / 100), nil
}
