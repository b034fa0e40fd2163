package oracle

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// CheckDhcpd asks dhcpd for its verdict on file: "dhcpd -t", for DHCPv6 with -6
// if v6 is set. Relative include paths start at the folder of the file. The
// error says that dhcpd could not be run, or that it was killed by a signal.
func (p *Program) CheckDhcpd(ctx context.Context, file string, v6 bool) (ok bool, output string, err error) {
	file, err = filepath.Abs(file)
	if err != nil {
		return false, "", err
	}
	args := []string{"-4", "-t", "-cf", file}
	if v6 {
		args[0] = "-6"
	}
	cmd := p.Command(ctx, args...)
	cmd.Dir = filepath.Dir(file)
	return verdict(ctx, cmd)
}

// Check asks Kea for its verdict on a configuration: "-t", which checks the
// syntax, the values and that the interfaces exist. Interfaces(conf) gives the
// ones that the file names.
func (p *Program) Check(ctx context.Context, file string, interfaces ...Interface) (ok bool, output string, err error) {
	return p.check(ctx, "-t", file, interfaces)
}

// CheckHooks is Check with "-T", which loads the hook libraries too and lets
// them look at their parameters. Kea has it from 2.6 on.
func (p *Program) CheckHooks(ctx context.Context, file string, interfaces ...Interface) (ok bool, output string, err error) {
	return p.check(ctx, "-T", file, interfaces)
}

func (p *Program) check(ctx context.Context, flag, file string, interfaces []Interface) (bool, string, error) {
	cmd, inside, err := p.sandboxed(ctx, file, interfaces, "")
	if err != nil {
		return false, "", err
	}
	cmd.Args = append(cmd.Args, flag, inside)
	ok, output, err := verdict(ctx, cmd)
	return ok, strings.ReplaceAll(output, inside, file), err
}

// verdict runs a command whose exit status is the answer.
func verdict(ctx context.Context, cmd *exec.Cmd) (bool, string, error) {
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	err := runLocked(cmd.Run)
	if err == nil {
		return true, out.String(), nil
	}
	if ctx.Err() != nil {
		return false, out.String(), fmt.Errorf("%s: %w", cmd.Path, ctx.Err())
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !exit.Exited() {
		return false, out.String(), fmt.Errorf("%s: %w", cmd.Path, err)
	}
	if exit.ExitCode() == setupFailed {
		return false, "", fmt.Errorf("cannot set up a root directory for the program: %s", out.String())
	}
	return false, out.String(), nil
}
