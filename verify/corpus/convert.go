package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/realfiles"
)

// converted is what became of one file for one version of Kea. Each stage has
// its message: "" if it was passed. A stage after one that failed is not tried.
type converted struct {
	crash    string // panic, hang or an exit status that convert does not have
	nothing  string // exit status 2: nothing was written
	accounts string // report.json is missing or its counts do not add up
	check    string // -t
	hooks    string // -T
	start    string
	sockets  bool // it started, but could not open a socket

	output string // what convert printed
}

// ok says that Kea runs with the result.
func (c converted) ok() bool {
	return c.crash == "" && c.nothing == "" && c.check == "" && c.hooks == "" && c.start == ""
}

// runner converts files for one version of Kea.
type runner struct {
	version    keaversion.Version
	keamigrate string // absolute path
	resolve    string
	kea4, kea6 *oracle.Program
}

func (r *runner) convert(ctx context.Context, e realfiles.Entry, dir, file string) (converted, error) {
	out := filepath.Join(dir, "kea-"+r.version.String())
	resolve, err := r.resolveFlag(ctx, e, dir, file)
	if err != nil {
		return converted{}, err
	}
	res := r.run(ctx, e, dir, file, out, resolve)
	if res.crash != "" || res.nothing != "" {
		return res, nil
	}
	res.accounts = checkAccounts(filepath.Join(out, "report.json"))
	kea, name := r.kea4, "kea-dhcp4.conf"
	if e.V6 {
		kea, name = r.kea6, "kea-dhcp6.conf"
	}
	return res, askKea(ctx, &res, kea, r.version, filepath.Join(out, name))
}

func (r *runner) run(ctx context.Context, e realfiles.Entry, dir, file, out, resolve string) converted {
	protocol := "-4"
	if e.V6 {
		protocol = "-6"
	}
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.keamigrate, "convert", protocol, "--target", r.version.String(), "--force",
		"--root", filepath.Join(dir, "root"), "--resolve", resolve, "-o", out, file)
	cmd.Dir = filepath.Join(dir, "cwd")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	var exit *exec.ExitError
	switch text := output.String(); {
	case ctx.Err() != nil:
		return converted{crash: fmt.Sprintf("takes longer than %v", timeLimit)}
	case strings.Contains(text, "panic:") || strings.Contains(text, "goroutine "):
		return converted{crash: firstLine(text, "panic:")}
	case err == nil:
		return converted{output: text}
	case errors.As(err, &exit) && exit.ExitCode() == 1:
		return converted{output: text}
	case errors.As(err, &exit) && exit.ExitCode() == 2:
		return converted{nothing: firstLine(text, "rror"), output: text}
	default:
		return converted{crash: fmt.Sprintf("%v: %s", err, firstLine(text, ""))}
	}
}

// resolveFlag returns the value of --resolve. For "invented" it converts once
// with a hosts file that is empty: resolved.json then names what is missing.
func (r *runner) resolveFlag(ctx context.Context, e realfiles.Entry, dir, file string) (string, error) {
	if r.resolve != "invented" {
		return r.resolve, nil
	}
	hosts, out := filepath.Join(dir, "hosts"), filepath.Join(dir, "names")
	if err := os.WriteFile(hosts, nil, 0o644); err != nil {
		return "", err
	}
	if res := r.run(ctx, e, dir, file, out, hosts); res.crash != "" || res.nothing != "" {
		return hosts, nil // the conversion that counts will say it again
	}
	text, err := os.ReadFile(filepath.Join(out, "resolved.json"))
	if err != nil {
		return "", err
	}
	var answers struct {
		NotFound []string `json:"not-found"`
	}
	if err := json.Unmarshal(text, &answers); err != nil {
		return "", fmt.Errorf("resolved.json: %w", err)
	}
	var b strings.Builder
	for i, name := range answers.NotFound {
		fmt.Fprintf(&b, "192.0.2.%d %s\n2001:db8::%x %s\n", i%254+1, name, i+1, name)
	}
	return hosts, os.WriteFile(hosts, []byte(b.String()), 0o644)
}

// checkAccounts says what is wrong with the counts of report.json.
func checkAccounts(name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		return err.Error()
	}
	var report struct {
		Statements *int                      `json:"statements"`
		Verdicts   map[string]int            `json:"verdicts"`
		Keywords   map[string]map[string]int `json:"keywords"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return "report.json: " + err.Error()
	}
	if report.Statements == nil {
		return "report.json has no number of statements"
	}
	verdicts, keywords := 0, map[string]int{}
	for _, n := range report.Verdicts {
		verdicts += n
	}
	if verdicts != *report.Statements {
		return fmt.Sprintf("%d statements, but %d verdicts", *report.Statements, verdicts)
	}
	for _, counts := range report.Keywords {
		for v, n := range counts {
			keywords[v] += n
		}
	}
	for v, n := range report.Verdicts {
		if keywords[v] != n {
			return fmt.Sprintf("%d statements with the verdict %s, but %d by keyword", n, v, keywords[v])
		}
	}
	return ""
}

// askKea fills in what Kea says. The error is one of the machinery.
func askKea(ctx context.Context, res *converted, kea *oracle.Program, v keaversion.Version, file string) error {
	conf, err := os.ReadFile(file)
	if err != nil {
		res.check = err.Error()
		return nil
	}
	interfaces, err := oracle.Interfaces(conf)
	if err != nil {
		res.check = err.Error()
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*timeLimit)
	defer cancel()
	ok, output, err := kea.Check(ctx, file, interfaces...)
	if err != nil {
		return err
	}
	if !ok {
		res.check = complaint(output, filepath.Dir(file))
		return nil
	}
	if v >= keaversion.V2_6 {
		if ok, output, err = kea.CheckHooks(ctx, file, interfaces...); err != nil {
			return err
		}
		if !ok {
			res.hooks = complaint(output, filepath.Dir(file))
			return nil
		}
	}
	ok, output, err = kea.Start(ctx, file, interfaces...)
	switch {
	case err != nil && ctx.Err() == nil:
		return err
	case err != nil:
		res.start = err.Error()
	case !ok:
		res.start = complaint(output, filepath.Dir(file))
	}
	res.sockets = strings.Contains(output, "SOCKET_FAIL") || strings.Contains(output, "NO_SOCKETS_OPEN")
	return nil
}

// logPrefix is what precedes the message in a line of Kea's log.
var logPrefix = regexp.MustCompile(`^\S+ \S+ (ERROR|FATAL) +\[\S+ `)

// complaint returns the line of Kea's output that says what is wrong: the one
// that -t and -T end with, or the first error that is logged.
func complaint(output, dir string) string {
	output = strings.ReplaceAll(output, dir+"/", "")
	var logged string
	for line := range strings.Lines(output) {
		if _, what, found := strings.Cut(line, "rror encountered: "); found {
			return strings.TrimSpace(what)
		}
		if logged == "" && logPrefix.MatchString(line) {
			logged = strings.TrimSpace(logPrefix.ReplaceAllString(line, ""))
		}
	}
	if logged != "" {
		return logged
	}
	return firstLine(output, "rror")
}

// firstLine returns the first line that holds part, or else the first one.
func firstLine(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return strings.TrimSpace(line)
		}
	}
	line, _, _ := strings.Cut(text, "\n")
	if line == "" {
		return "(no message)"
	}
	return line
}
