package oracle

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path"
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
// directory.
func (s *Server) File(name string) ([]byte, error) {
	return os.ReadFile(path.Join(fmt.Sprintf("/proc/%d/root", s.cmd.Process.Pid), name))
}
