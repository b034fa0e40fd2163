package translator

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// recorder writes its arguments, each with a NUL behind it, and a line.
const recorder = "#!/bin/sh\n{ printf '%s\\0' \"$@\"; echo; } >>RECORD\n"

// eventRun is a folder with the script made from a dhcpd.conf; RECORD in
// the configuration is a command that records its arguments.
type eventRun struct {
	dir, script string
	result      *Result
}

func newEventRun(t *testing.T, conf string) eventRun {
	t.Helper()
	r := eventRun{dir: t.TempDir()}
	program := func(name, text string) string {
		name = filepath.Join(r.dir, name)
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		return name
	}
	text := strings.ReplaceAll(recorder, "RECORD", filepath.Join(r.dir, "record"))
	command := program("command", text)
	program("logger", text)
	r.result, _ = convertText(t, strings.ReplaceAll(conf, "RECORD", command), Options{Target: keaversion.V3_0, Layout: Layout{ScriptsDir: scriptsDir}})
	if len(r.result.Scripts) != 1 {
		t.Fatalf("%d scripts", len(r.result.Scripts))
	}
	script := r.result.Scripts[0]
	if script.Mode != 0o755 || script.Dir != "/usr/share/kea/scripts" {
		t.Errorf("mode %o, folder %s", script.Mode, script.Dir)
	}
	r.script = program(script.Name, strings.Replace(script.Text, "PATH=", "PATH="+r.dir+":", 1))
	return r
}

// run calls the script as Kea does and returns what was recorded.
func (r eventRun) run(t *testing.T, point string, env ...string) [][]string {
	t.Helper()
	record := filepath.Join(r.dir, "record")
	if err := os.RemoveAll(record); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", r.script, point)
	cmd.Dir, cmd.Env = r.dir, env
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v, output:\n%s\nof\n%s", err, out, r.result.Scripts[0].Text)
	}
	raw, err := os.ReadFile(record)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var calls [][]string
	for call := range strings.SplitSeq(strings.TrimSuffix(string(raw), "\x00\n"), "\x00\n") {
		if call != "" {
			calls = append(calls, strings.Split(call, "\x00"))
		}
	}
	return calls
}

// The variables that Kea 2.2.0, 2.6.3 and 3.0.4 set for a lease that is given.
func committed(more ...string) []string {
	return append([]string{
		"LEASES4_SIZE=1", "LEASES4_AT0_ADDRESS=192.0.2.10", "LEASES4_AT0_CLIENT_ID=01:02:00:0a:0b:05:00",
		"LEASES4_AT0_HOSTNAME=box.example.org.", "LEASES4_AT0_HWADDR=02:00:0a:0b:05:00", "LEASES4_AT0_HWADDR_TYPE=1",
		"LEASES4_AT0_STATE=default", "LEASES4_AT0_SUBNET_ID=1", "LEASES4_AT0_VALID_LIFETIME=3600",
		"DELETED_LEASES4_SIZE=0", "QUERY4_HWADDR=02:00:0a:0b:05:00", "QUERY4_HWADDR_TYPE=1", "QUERY4_TYPE=DHCPREQUEST",
	}, more...)
}

func gone(more ...string) []string {
	return append([]string{
		"LEASE4_ADDRESS=192.0.2.10", "LEASE4_CLIENT_ID=01:02:00:0a:0b:05:00", "LEASE4_HOSTNAME=box.example.org.",
		"LEASE4_HWADDR=02:00:0a:0b:05:00", "LEASE4_HWADDR_TYPE=1", "LEASE4_STATE=default", "LEASE4_SUBNET_ID=1",
		"LEASE4_VALID_LIFETIME=3600",
	}, more...)
}

// What the values become, with what dhcpd 4.4.3-P1 handed to a command for the
// same lease where dhcpd knows the value.
func TestEventValues(t *testing.T) {
	for _, c := range []struct {
		value string // the arguments of execute
		want  []string
		env   []string
	}{
		{`binary-to-ascii(16, 8, ":", substring(hardware, 1, 6))`, []string{"2:0:a:b:5:0"}, nil},
		{`binary-to-ascii(16, 8, ":", hardware)`, []string{"1:2:0:a:b:5:0"}, nil},
		{`binary-to-ascii(10, 8, ".", leased-address)`, []string{"192.0.2.10"}, nil},
		{`binary-to-ascii(10, 8, ".", reverse(1, leased-address))`, []string{"10.2.0.192"}, nil},
		{`binary-to-ascii(8, 8, "-", leased-address)`, []string{"300-0-2-12"}, nil},
		{`binary-to-ascii(16, 16, ":", leased-address), binary-to-ascii(10, 32, "", leased-address)`, []string{"c000:20a", "3221225994"}, nil},
		{`binary-to-ascii(10, 32, "", encode-int(lease-time, 32))`, []string{"3600"}, nil},
		{`binary-to-ascii(16, 16, ".", encode-int(lease-time, 32))`, []string{"0.e10"}, nil},
		{`binary-to-ascii(16, 8, "", suffix(hardware, 2)), suffix("abc", 9)`, []string{"50", "abc"}, nil},
		{`substring(option host-name, 0, 3), substring(option host-name, 3, 100), substring(option host-name, 99, 1)`, []string{"box", ".example.org", ""}, nil},
		{`option host-name, option fqdn.hostname, option fqdn.fqdn`, []string{"box.example.org", "box", "box.example.org"}, nil},
		{`ucase(option host-name), lcase(ucase("AbC"))`, []string{"BOX.EXAMPLE.ORG", "abc"}, nil},
		{`binary-to-ascii(16, 8, "-", option dhcp-client-identifier)`, []string{"1-2-0-a-b-5-0"}, nil},
		{`pick-first-value(option agent.circuit-id, nothing, "none")`, []string{"none"}, nil},
		{`pick-first-value(option agent.circuit-id, "none")`, []string{"eth0/1"}, []string{"QUERY4_OPTION_82_SUB_OPTION_1=0x657468302F31"}},
		{`concat("a", option agent.circuit-id, "b")`, nil, nil},
		{`concat("port=", option agent.circuit-id, "!")`, []string{"port=a'$(touch hacked)\n"}, []string{"QUERY4_OPTION_82_SUB_OPTION_1=0x61272428746F756368206861636B6564290A00FF"}},
		{`option agent.remote-id, "x"`, []string{"\xff\n\n", "x"}, []string{"QUERY4_OPTION_82_SUB_OPTION_2=0xFF0A0A"}},
		{`"it's", "$(touch hacked)", "a\000b", ""`, []string{"it's", "$(touch hacked)", "a", ""}, nil},
		{`nothing`, nil, nil},
		{`concat(site, "-", site)`, []string{"berlin's-berlin's"}, nil},
		{`binary-to-ascii(16, 16, ":", substring(hardware, 1, 3)), "odd"`, nil, nil},
		{`leased-address`, []string{"\xc0"}, nil},
	} {
		r := newEventRun(t, `set site = "berlin's";
subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; }
on commit { execute("RECORD", `+c.value+`); execute("RECORD", "end"); }`)
		want := [][]string{{"end"}}
		if c.want != nil {
			want = [][]string{c.want, {"end"}}
		}
		if diff := cmp.Diff(want, r.run(t, "leases4_committed", committed(c.env...)...)); diff != "" {
			t.Errorf("%s:\n%s\n%s", c.value, diff, r.result.Scripts[0].Text)
		}
	}
}

// Nothing that a client sends is executed or read as more than one word.
func TestEventInjection(t *testing.T) {
	r := newEventRun(t, `subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; }
on commit {
  set name = pick-first-value(option host-name, "none");
  set both = concat("name=", name, ";", ucase(name));
  if name = "none" { execute("RECORD", "none"); }
  elsif option host-name != "-f" { execute("RECORD", name, both, option fqdn.hostname); }
  else { execute("RECORD", "dash"); }
  log(info, name);
}`)
	for _, name := range []string{
		"$(touch hacked)", "`touch hacked`", "a;touch hacked", "'; touch hacked; '", `"; touch hacked; "`,
		"a\ntouch hacked\n", "* ?", "a  b\tc", "\\", "${PATH}", "%s%n\\0101", "-n", "!", "(", "=", "~root", "\xff\xfe", "a\\nb",
	} {
		upper := strings.ToUpper(name)
		if !utf8.ValidString(name) {
			upper = name
		}
		first, _, _ := strings.Cut(name, ".")
		want := [][]string{
			{name, "name=" + name + ";" + upper, first},
			{"-t", "dhcpd", "-p", "daemon.info", "--", name},
		}
		if diff := cmp.Diff(want, r.run(t, "leases4_committed", committed("LEASES4_AT0_HOSTNAME="+name)...)); diff != "" {
			t.Errorf("%q:\n%s", name, diff)
		}
		for _, variable := range []string{"LEASES4_AT0_ADDRESS", "LEASES4_AT0_SUBNET_ID", "LEASES4_AT0_CLIENT_ID", "LEASES4_AT0_STATE", "QUERY4_HWADDR"} {
			cmd := exec.Command("/bin/sh", r.script, "leases4_committed")
			cmd.Dir, cmd.Env = r.dir, committed(variable+"="+name)
			_ = cmd.Run() // it may complain
		}
	}
	if diff := cmp.Diff([][]string{{"dash"}, {"-t", "dhcpd", "-p", "daemon.info", "--", "-f"}},
		r.run(t, "leases4_committed", committed("LEASES4_AT0_HOSTNAME=-f")...)); diff != "" {
		t.Error(diff)
	}
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), "hacked") {
			t.Errorf("%s was made", e.Name())
		}
	}
}

// Which block is executed: that of the innermost scope, once for each event.
func TestEventDispatch(t *testing.T) {
	r := newEventRun(t, `on commit { execute("RECORD", "outer"); }
on release { execute("RECORD", "release", binary-to-ascii(16, 8, "", hardware)); }
on expiry { execute("RECORD", "expiry", binary-to-ascii(16, 8, ":", hardware), pick-first-value(option host-name, "no packet")); execute("RECORD", option host-name); }
group {
  on commit { execute("RECORD", "group"); }
  subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; }
  subnet 192.0.3.0 netmask 255.255.255.0 { range 192.0.3.10 192.0.3.20;
    on commit { execute("RECORD", "first"); }
    on commit or expiry { execute("RECORD", "inner"); }
  }
}
subnet 192.0.4.0 netmask 255.255.255.0 { range 192.0.4.10 192.0.4.20; }
subnet 192.0.5.0 netmask 255.255.255.0 { range 192.0.5.10 192.0.5.20; on commit { } }
subnet 192.0.6.0 netmask 255.255.255.0 {
  pool { range 192.0.6.10 192.0.6.20; range 192.0.6.30; on commit { execute("RECORD", "pool"); } }
  pool { range 192.0.6.50 192.0.6.60; on release or commit { execute("RECORD", "other pool"); } }
}
`)
	one := func(words ...string) [][]string { return [][]string{words} }
	for _, c := range []struct {
		point string
		env   []string
		want  [][]string
	}{
		{"leases4_committed", committed(), one("group")},
		{"leases4_committed", committed("LEASES4_AT0_SUBNET_ID=2"), one("inner")},
		{"leases4_committed", committed("LEASES4_AT0_SUBNET_ID=3"), one("outer")},
		{"leases4_committed", committed("LEASES4_AT0_SUBNET_ID=4"), nil},
		{"leases4_committed", committed("LEASES4_AT0_SUBNET_ID=5", "LEASES4_AT0_ADDRESS=192.0.6.9"), one("outer")},
		{"leases4_committed", committed("LEASES4_AT0_SUBNET_ID=5", "LEASES4_AT0_ADDRESS=192.0.6.10"), one("pool")},
		{"leases4_committed", committed("LEASES4_AT0_SUBNET_ID=5", "LEASES4_AT0_ADDRESS=192.0.6.30"), one("pool")},
		{"leases4_committed", committed("LEASES4_AT0_SUBNET_ID=5", "LEASES4_AT0_ADDRESS=192.0.6.60"), one("other pool")},
		{"lease4_release", gone("LEASE4_SUBNET_ID=5", "LEASE4_ADDRESS=192.0.6.50"), one("other pool")},
		{"lease4_expire", gone("LEASE4_SUBNET_ID=5", "LEASE4_ADDRESS=192.0.6.50", "LEASE4_HWADDR="), one("expiry", "1", "no packet")},
		{"leases4_committed", committed("LEASES4_AT0_SUBNET_ID=9"), nil},
		{"leases4_committed", committed("LEASES4_AT0_STATE=declined"), nil},
		{"leases4_committed", []string{"LEASES4_SIZE=0", "DELETED_LEASES4_SIZE=1", "DELETED_LEASES4_AT0_ADDRESS=192.0.2.10"}, nil},
		{"lease4_renew", gone("QUERY4_HWADDR=02:00:0a:0b:05:00"), nil}, // leases4_committed comes too
		{"lease4_release", gone("QUERY4_HWADDR=02:00:0a:0b:05:00", "QUERY4_HWADDR_TYPE=6"), one("release", "620ab50")},
		{"lease4_expire", gone("REMOVE_LEASE=false"), one("expiry", "1:2:0:a:b:5:0", "no packet")},
		{"lease4_expire", gone("LEASE4_STATE=declined"), nil},
		{"lease4_expire", gone("LEASE4_VALID_LIFETIME=0"), nil}, // what Kea 2.6 does after a release
		{"lease4_expire", gone("LEASE4_SUBNET_ID=2"), one("inner")},
		{"lease4_decline", gone("QUERY4_HWADDR=02:00:0a:0b:05:00"), one("expiry", "", "no packet")},
		{"lease4_recover", gone(), nil},
		{"", nil, nil},
	} {
		if diff := cmp.Diff(c.want, r.run(t, c.point, c.env...)); diff != "" {
			t.Errorf("%s %v:\n%s", c.point, c.env, diff)
		}
	}
}

// A command that fails is reported, as dhcpd does.
func TestEventCommandFails(t *testing.T) {
	r := newEventRun(t, `subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; }
log-facility local3;
on commit { execute("false"); log("after"); }`)
	want := [][]string{
		{"-t", "dhcpd", "-p", "local3.err", "--", "execute: env exit status 1"},
		{"-t", "dhcpd", "-p", "local3.debug", "--", "after"},
	}
	if diff := cmp.Diff(want, r.run(t, "leases4_committed", committed()...)); diff != "" {
		t.Error(diff)
	}
}

// What cannot be told is left out with a finding that names it.
func TestEventFindings(t *testing.T) {
	for _, c := range []struct{ body, finding string }{
		{`execute("x", option vendor-class-identifier);`, "event-value manual left out of the script: Kea gives scripts no variable for option vendor-class-identifier."},
		{`execute("x", host-decl-name);`, "event-value manual left out of the script: Kea gives scripts no variable for host-decl-name."},
		{`execute("x", config-option domain-name);`, "event-value manual left out of the script: Kea gives scripts no variable for config-option domain-name."},
		{`set word = option vendor-class-identifier; log(word);`, "event-value manual left out of the script: the variable word is not known: Kea gives scripts no variable for option vendor-class-identifier."},
		{`if known { log("x"); } else { log("y"); }`, "event-value manual left out of the script: the script cannot test this."},
		{`if exists host-name { set word = "1"; } log(word);`, "event-value manual left out of the script: the variable word is not known: it keeps the value of an earlier event unless a condition holds."},
		{`log(outside);`, "event-value manual left out of the script: the variable outside is set outside this block."},
		{`log(fatal, "x");`, "event-fatal approximated dhcpd ends itself after a message of priority fatal; the script writes an error message and Kea goes on."},
		{`eval 1;`, "event-value manual left out of the script: a script cannot do this."},
	} {
		result, _ := convertText(t, `subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; set outside = "o"; on commit { `+c.body+` } }`,
			Options{Target: keaversion.V2_6, Layout: Layout{ScriptsDir: scriptsDir}})
		var have []string
		for _, f := range result.Report.Findings {
			have = append(have, string(f.Code)+" "+f.Verdict.String()+" "+f.Message)
		}
		if !strings.Contains("\n"+strings.Join(have, "\n")+"\n", "\n"+c.finding+"\n") {
			t.Errorf("%s: no finding %q among\n%s", c.body, c.finding, strings.Join(have, "\n"))
		}
	}
}

// A script that would do nothing is not written.
func TestEventScriptOfNothing(t *testing.T) {
	for body, want := range map[string]Verdict{
		`set a1 = "1";`:                 Ignored,
		`execute("x", host-decl-name);`: Manual,
		"":                              Ignored,
	} {
		result, _ := convertText(t, `on commit { `+body+` } subnet 192.0.2.0 netmask 255.255.255.0 { }`, Options{Target: keaversion.V3_0, Layout: Layout{ScriptsDir: scriptsDir}})
		if len(result.Scripts) != 0 || len(result.DHCP4.HooksLibraries) != 0 {
			t.Errorf("%q: %d scripts, %d hooks", body, len(result.Scripts), len(result.DHCP4.HooksLibraries))
		}
		if have := result.Report.Verdicts[0]; have != want {
			t.Errorf("%q: verdict %s, want %s", body, have, want)
		}
	}
}

// The variables that Kea sets for the leases of DHCPv6 that an answer gives.
func committed6(more ...string) []string {
	return append([]string{
		"LEASES6_SIZE=2", "DELETED_LEASES6_SIZE=0", "QUERY6_CLIENT_ID=00:03:00:01:02:00:0a:0b:05:00", "QUERY6_TYPE=REQUEST",
		"LEASES6_AT0_ADDRESS=2001:db8::10", "LEASES6_AT0_TYPE=IA_NA", "LEASES6_AT0_IAID=10", "LEASES6_AT0_PREFIX_LEN=128", "LEASES6_AT0_STATE=default",
		"LEASES6_AT0_SUBNET_ID=1", "LEASES6_AT0_PREFERRED_LIFETIME=3600", "LEASES6_AT0_VALID_LIFETIME=7200", "LEASES6_AT0_HOSTNAME=box.example.org.",
		"LEASES6_AT1_ADDRESS=2001:db8:1:ff00::", "LEASES6_AT1_TYPE=IA_PD", "LEASES6_AT1_IAID=11", "LEASES6_AT1_PREFIX_LEN=56", "LEASES6_AT1_STATE=default",
		"LEASES6_AT1_SUBNET_ID=1", "LEASES6_AT1_PREFERRED_LIFETIME=3600", "LEASES6_AT1_VALID_LIFETIME=7200", "LEASES6_AT1_HOSTNAME=box.example.org.",
	}, more...)
}

// Events of DHCPv6: each address and prefix is one, and the values are those
// that dhcpd 4.4.3-P1 gives for the same message (see TestDhcpd6Events).
func TestEvent6(t *testing.T) {
	r := newEventRun(t, `on commit {
  execute("RECORD", "commit", binary-to-ascii(16, 8, ":", option dhcp6.client-id),
    binary-to-ascii(16, 16, ":", substring(option dhcp6.ia-na, 16, 16)),
    binary-to-ascii(16, 16, ":", suffix(option dhcp6.ia-pd, 16)), pick-first-value(option fqdn.fqdn, "none"),
    pick-first-value(leased-address, "no address"), pick-first-value(encode-int(lease-time, 32), "no time"));
}
on release { execute("RECORD", "release", pick-first-value(option dhcp6.client-id, "none")); }
on expiry { execute("RECORD", "expiry"); }
subnet6 2001:db8::/64 { range6 2001:db8::10 2001:db8::ff; }
subnet6 2001:db8:9::/64 {
  pool6 { range6 2001:db8:9::10 2001:db8:9::ff; prefix6 2001:db8:7:: 2001:db8:7:f00:: /56; on commit { execute("RECORD", "pool"); } on expiry { } }
  pool6 { range6 2001:db8:9:0:ffff::/80; }
}
`)
	if r.result.Scripts[0].Name != "keamigrate-events6.sh" || len(r.result.DHCP6.HooksLibraries) != 1 {
		t.Errorf("script %s, hooks %v", r.result.Scripts[0].Name, r.result.DHCP6.HooksLibraries)
	}
	commit := []string{"commit", "0:3:0:1:2:0:a:b:5:0", "2001:db8:0:0:0:0:0:10", "2001:db8:1:ff00:0:0:0:0", "box.example.org", "no address", "no time"}
	plain := slices.Clone(commit)
	plain[4] = "none"
	hostile := slices.Clone(commit)
	hostile[4] = "a\n$(touch hacked)`x`;'\" "
	in9 := func(i int, address string) []string {
		return []string{fmt.Sprintf("LEASES6_AT%d_SUBNET_ID=2", i), fmt.Sprintf("LEASES6_AT%d_ADDRESS=%s", i, address)}
	}
	lease := func(more ...string) []string {
		return append([]string{"LEASE6_ADDRESS=2001:db8::10", "LEASE6_STATE=default", "LEASE6_SUBNET_ID=1", "LEASE6_TYPE=IA_NA", "QUERY6_CLIENT_ID=00:01:02"}, more...)
	}
	const noPD = "LEASES6_SIZE=1"
	for _, c := range []struct {
		point string
		env   []string
		want  [][]string
	}{
		{"leases6_committed", committed6(), [][]string{commit, commit}},
		{"leases6_committed", committed6("LEASES6_AT1_HOSTNAME="), [][]string{commit, plain}},
		{"leases6_committed", committed6("LEASES6_AT1_HOSTNAME=" + hostile[4]), [][]string{commit, hostile}},
		{"leases6_committed", committed6(noPD), nil}, // one value does not exist
		{"leases6_committed", committed6("LEASES6_AT0_STATE=declined", "LEASES6_AT1_STATE=declined"), nil},
		{"leases6_committed", committed6("LEASES6_SIZE=0"), nil},
		{"leases6_committed", committed6(append(in9(0, "2001:db8:9::f"), in9(1, "2001:db8:9::10")...)...), [][]string{
			{"commit", commit[1], "2001:db8:9:0:0:0:0:f", "2001:db8:9:0:0:0:0:10", commit[4], commit[5], commit[6]}, {"pool"}}},
		{"leases6_committed", committed6(append(in9(0, "2001:db8:9::ff"), in9(1, "2001:db8:7:e00::")...)...), [][]string{{"pool"}, {"pool"}}},
		{"leases6_committed", committed6(append(in9(0, "2001:db8:7:0f00:0000:0000:0000:0001"), "LEASES6_SIZE=1")...), nil},
		{"lease6_release", lease(), [][]string{{"release", "none"}}},
		{"lease6_expire", lease(), [][]string{{"expiry"}}},
		{"lease6_expire", lease("LEASE6_SUBNET_ID=2", "LEASE6_ADDRESS=2001:db8:9::20"), nil},
		{"lease6_expire", lease("LEASE6_SUBNET_ID=2", "LEASE6_ADDRESS=2001:db8:9:0:ffff::20"), [][]string{{"expiry"}}},
		{"lease6_expire", lease("LEASE6_STATE=declined"), nil},
		{"lease6_expire", lease("LEASE6_VALID_LIFETIME=0"), nil},
		{"lease6_renew", lease(), nil},
	} {
		if diff := cmp.Diff(c.want, r.run(t, c.point, c.env...)); diff != "" {
			t.Errorf("%s %v:\n%s", c.point, c.env, diff)
		}
	}
	if _, err := os.Stat(filepath.Join(r.dir, "hacked")); err == nil {
		t.Error("a command in a host name was executed")
	}
}
