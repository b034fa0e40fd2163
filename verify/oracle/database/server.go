package database

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// Engine is a kind of database, by the name that Kea has for it.
type Engine string

// The kinds of databases.
const (
	PostgreSQL Engine = "postgresql"
	MySQL      Engine = "mysql" // MariaDB, unless MySQLProgram says otherwise
)

// MySQLProgram is the environment variable that has tests use a MySQL instead of
// MariaDB: the file of its server, mysqld.
const MySQLProgram = "KEAMIGRATE_MYSQLD"

// A Server is a running database server.
type Server struct {
	Engine Engine
	// Sockets is the folder that has the server's socket. A configuration of Kea
	// in the same folder reaches the server: see Access.
	Sockets string

	dir    string
	bin    string // folder of PostgreSQL's programs
	cmd    *exec.Cmd
	exited chan error
}

// Start starts a server. The error is an oracle.MissingError when it is not
// installed.
func Start(ctx context.Context, e Engine) (_ *Server, err error) {
	dir, err := os.MkdirTemp(memory(), "keamigrate-db-")
	if err != nil {
		return nil, err
	}
	s := &Server{Engine: e, dir: dir, Sockets: filepath.Join(dir, "sockets"), exited: make(chan error, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	for _, d := range []string{dir, s.Sockets} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, err
		}
		if err := owned(d); err != nil {
			return nil, err
		}
	}
	prepare, serve, err := s.commands()
	if err != nil {
		return nil, err
	}
	if out, err := s.command(ctx, prepare).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", prepare[0], err, out)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	s.cmd = s.command(context.Background(), serve)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	started := make(chan error)
	go func() {
		// The kernel kills the server when the thread ends that started it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		started <- err
		if err == nil {
			s.exited <- s.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	if err := s.wait(ctx); err != nil {
		text, _ := os.ReadFile(filepath.Join(dir, "log"))
		return nil, fmt.Errorf("%s does not serve: %w\n%s", e, errors.Join(err, s.Close()), text)
	}
	return s, nil
}

// memory is a folder in memory, where servers are made in less time; "" where
// there is none.
func memory() string {
	const shm = "/dev/shm"
	if info, err := os.Stat(shm); err != nil || !info.IsDir() {
		return ""
	}
	return shm
}

// commands are those that make the server's files, and the one that serves.
func (s *Server) commands() (prepare, serve []string, err error) {
	data := filepath.Join(s.dir, "data")
	// A server of its kind that starts removes all temporary tables from the folder
	// where they are by default, /tmp: also those of another server.
	temporary := "--tmpdir=" + s.dir
	if server := os.Getenv(MySQLProgram); s.Engine == MySQL && server != "" {
		return []string{server, "--no-defaults", "--datadir=" + data, "--initialize-insecure"},
			[]string{server, "--no-defaults", "--datadir=" + data, "--socket=" + filepath.Join(s.Sockets, "mysqld.sock"), "--skip-networking", "--mysqlx=OFF", "--secure-file-priv=",
				"--pid-file=" + filepath.Join(s.dir, "pid"), "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", temporary}, nil
	}
	if s.Engine == MySQL {
		for _, p := range []string{"mariadbd", "mariadb-install-db", "mariadb"} {
			if _, err := lookPath(p); err != nil {
				return nil, nil, &oracle.MissingError{Program: p, Package: "mariadb-server", Suite: "bookworm"}
			}
		}
		server, err := lookPath("mariadbd")
		if err != nil {
			return nil, nil, err
		}
		install, err := lookPath("mariadb-install-db")
		return []string{install, "--no-defaults", "--datadir=" + data, "--auth-root-authentication-method=normal", "--skip-test-db",
				"--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0"},
			[]string{server, "--no-defaults", "--datadir=" + data, "--socket=" + filepath.Join(s.Sockets, "mysqld.sock"), "--skip-networking",
				"--pid-file=" + filepath.Join(s.dir, "pid"), "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--skip-log-bin", temporary,
				"--character-set-server=utf8mb4"}, err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return nil, nil, &oracle.MissingError{Program: "postgres", Package: "postgresql", Suite: "bookworm"}
	}
	s.bin = filepath.Dir(found[len(found)-1])
	return []string{filepath.Join(s.bin, "initdb"), "-D", data, "-A", "trust", "-N", "-U", "postgres", "--locale=C", "-E", "UTF8"},
		[]string{filepath.Join(s.bin, "postgres"), "-D", data, "-c", "listen_addresses=", "-c", "unix_socket_directories=" + s.Sockets,
			"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off",
			"-c", "dynamic_shared_memory_type=mmap"}, nil
}

// lookPath finds a program that may be in a folder for administrators.
func lookPath(name string) (string, error) {
	for _, d := range []string{"/usr/sbin", "/usr/bin"} {
		if _, err := os.Stat(filepath.Join(d, name)); err == nil {
			return filepath.Join(d, name), nil
		}
	}
	return exec.LookPath(name)
}

// unprivileged is who runs the servers, since PostgreSQL refuses root; nil when
// this process is not root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

func owned(dir string) error {
	c, err := unprivileged()
	if err != nil || c == nil {
		return err
	}
	return os.Chown(dir, int(c.Uid), int(c.Gid))
}

func (s *Server) command(ctx context.Context, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC", "HOME=" + s.dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if c, err := unprivileged(); err == nil {
		cmd.SysProcAttr.Credential = c
	}
	return cmd
}

// wait returns when the server answers.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := s.Run(ctx, "", "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case exit := <-s.exited:
			s.exited <- exit
			return errors.Join(errors.New("it ended"), exit)
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// Run runs statements with the server's own client and returns what that prints:
// a line for a row, with tabs between columns.
func (s *Server) Run(ctx context.Context, database, statements string) (string, error) {
	var cmd *exec.Cmd
	if s.Engine == MySQL {
		client, err := lookPath("mariadb")
		if err != nil {
			return "", err
		}
		cmd = s.command(ctx, []string{client, "--no-defaults", "-S", filepath.Join(s.Sockets, "mysqld.sock"), "-u", "root", "-N", "-B", database})
	} else {
		cmd = s.command(ctx, []string{filepath.Join(s.bin, "psql"), "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
			"-h", s.Sockets, "-U", "postgres", "-d", orDefault(database)})
	}
	cmd.Stdin = strings.NewReader(statements)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return string(out), nil
}

func orDefault(database string) string {
	if database == "" {
		return "postgres"
	}
	return database
}

// Create makes an empty database.
func (s *Server) Create(ctx context.Context, database string) error {
	_, err := s.Run(ctx, "", "CREATE DATABASE "+database)
	return err
}

// URL is the address of a database.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/" + database}
	query := url.Values{"host": {s.Sockets}}
	if s.Engine == MySQL {
		u.Scheme, u.User = "mysql", url.User("root")
		query = url.Values{"socket": {filepath.Join(s.Sockets, "mysqld.sock")}}
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// Access is what a configuration of Kea in the folder Sockets says to reach a
// database: type, host, user and name.
func (s *Server) Access(database string) (kind, host, login, name string) {
	if s.Engine == MySQL {
		return "mysql", "localhost", "root", database
	}
	return "postgresql", "/etc/kea", "postgres", database
}

// MariaDB says whether the server is one: some of what keamigrate does is for
// MariaDB alone.
func (s *Server) MariaDB() bool {
	return s.Engine == MySQL && os.Getenv(MySQLProgram) == ""
}

// Close ends the server and takes its files away.
func (s *Server) Close() error {
	// PostgreSQL has memory that outlives it when it cannot give it back.
	end := os.Kill
	if s.Engine == PostgreSQL {
		end = syscall.SIGQUIT
	}
	killErr := s.cmd.Process.Signal(end)
	exit := <-s.exited
	s.exited <- exit
	if errors.Is(killErr, os.ErrProcessDone) {
		killErr = nil
	}
	return errors.Join(killErr, os.RemoveAll(s.dir))
}
