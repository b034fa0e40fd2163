package oracle

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Control sends a command to the control socket of a Kea that serves, such as
// {"command": "status-get"}, and returns the answer. socket is its path as the
// configuration has it.
func (s *Server) Control(socket, command string) (json.RawMessage, error) {
	conn, err := net.Dial("unix", path.Join(fmt.Sprintf("/proc/%d/root", s.cmd.Process.Pid), socket))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	if _, err := conn.Write([]byte(command)); err != nil {
		return nil, err
	}
	var answer json.RawMessage
	if err := json.NewDecoder(conn).Decode(&answer); err != nil {
		return nil, fmt.Errorf("%s does not answer %s: %w", s.program.Name, command, err)
	}
	return answer, nil
}

// File reads a file of a program that serves, by its path in the program's root
// directory. The path may be a pattern (path.Match) for one file.
func (s *Server) File(name string) ([]byte, error) {
	name = path.Join(fmt.Sprintf("/proc/%d/root", s.cmd.Process.Pid), name)
	if strings.Contains(name, "*") {
		switch found, err := filepath.Glob(name); {
		case err != nil:
			return nil, err
		case len(found) != 1:
			return nil, fmt.Errorf("%s is the name of %d files", name, len(found))
		default:
			name = found[0]
		}
	}
	return os.ReadFile(name)
}

// ListenUDP listens in the network namespace of a program that serves.
func (s *Server) ListenUDP(address string) (conn net.PacketConn, err error) {
	err = s.inNamespace(ownNamespace, func() error {
		conn, err = net.ListenPacket("udp", address)
		return err
	})
	return conn, err
}
