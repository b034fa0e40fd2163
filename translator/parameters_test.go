package translator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// convertText translates a file and returns the result as text.
func convertText(t *testing.T, conf string, opts Options) (*Result, []byte) {
	t.Helper()
	file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(conf), dhcpdconf.Options{})
	if diags.HasErrors() {
		t.Fatalf("the input has errors:\n%v", diags)
	}
	r := Translate(file, diags, opts)
	var c keaconf.Config = r.DHCP4
	if r.DHCP6 != nil {
		c = r.DHCP6
	}
	var out bytes.Buffer
	if err := keaconf.Write(&out, c, opts.Target); err != nil {
		t.Fatal(err)
	}
	return r, out.Bytes()
}

var commentLine = regexp.MustCompile(`(?m)^\s*//.*$`)

// at returns what a JSON pointer names, or "absent".
func at(t *testing.T, conf []byte, pointer string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(commentLine.ReplaceAll(conf, nil), &v); err != nil {
		t.Fatalf("%v in\n%s", err, conf)
	}
	for _, key := range strings.Split(pointer, "/")[1:] {
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[key]
			if !ok {
				return "absent"
			}
			v = next
		case []any:
			n, err := strconv.Atoi(key)
			if err != nil || n >= len(in) {
				return "absent"
			}
			v = in[n]
		default:
			return "absent"
		}
	}
	return v
}

// acceptedByKea asks the real server of the target version.
func acceptedByKea(t *testing.T, conf []byte, v keaversion.Version, v6 bool) {
	t.Helper()
	if v > keaversion.V3_0 {
		return // there is no binary
	}
	daemon := "dhcp4"
	if v6 {
		daemon = "dhcp6"
	}
	p := oracle.Kea(t, v, daemon)
	file := filepath.Join(t.TempDir(), daemon+".conf")
	if err := os.WriteFile(file, conf, 0o600); err != nil {
		t.Fatal(err)
	}
	interfaces, err := oracle.Interfaces(conf)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	check := p.Check
	if v >= keaversion.V2_6 {
		check = p.CheckHooks
	}
	ok, output, err := check(ctx, file, interfaces...)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		t.Errorf("Kea %s refuses the result:\n%s\n%s", v, output, conf)
	}
}

// findingsOf lists "line code severity verdict" of the findings whose codes
// belong to the parameters.
func findingsOf(r *Result, codes []CodeInfo) []string {
	list := []string{}
	for _, f := range r.Report.Findings {
		if !slices.ContainsFunc(codes, func(c CodeInfo) bool { return c.Code == f.Code }) {
			continue
		}
		line := 0
		if !f.Span.IsZero() {
			line, _ = f.Span.Src.Position(f.Span.Off)
		}
		list = append(list, fmt.Sprintf("%d %s %s %s", line, f.Code, f.Severity, f.Verdict))
	}
	slices.Sort(list)
	return list
}

type parameterTest struct {
	name     string
	conf     string
	targets  []keaversion.Version // empty: all
	want     map[string]any       // by JSON pointer; "absent"
	findings []string             // those of parameterCodes
}

const (
	sub4 = "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.20; }\n"
	sub6 = "subnet6 2001:db8::/64 { range6 2001:db8::10 2001:db8::20; }\n"
	// quiet keeps the hook for pings out.
	quiet = "ping-check off;\n"
)

func (c parameterTest) run(t *testing.T) {
	targets := c.targets
	if len(targets) == 0 {
		targets = keaversion.All()
	}
	for _, v := range targets {
		t.Run(v.String(), func(t *testing.T) {
			r, out := convertText(t, c.conf, Options{Target: v})
			for pointer, want := range c.want {
				if n, ok := want.(int); ok {
					want = float64(n)
				}
				if list, ok := want.([]string); ok {
					var wide []any
					for _, s := range list {
						wide = append(wide, s)
					}
					want = wide
				}
				if have := at(t, out, pointer); !reflect.DeepEqual(have, want) {
					t.Errorf("%s is %v, want %v in\n%s", pointer, have, want, out)
				}
			}
			if have := findingsOf(r, slices.Concat(parameterCodes, d2Codes)); !slices.Equal(have, c.findings) && len(have)+len(c.findings) > 0 {
				t.Errorf("findings\n\t%s\nwant\n\t%s", strings.Join(have, "\n\t"), strings.Join(c.findings, "\n\t"))
			}
			for _, f := range r.Report.Findings {
				if f.Code == "unaccounted" {
					t.Errorf("%v: no pass spoke for it", f.Span)
				}
			}
			acceptedByKea(t, out, v, r.DHCP6 != nil)
		})
	}
}

var (
	from30 = []keaversion.Version{keaversion.V3_0, keaversion.V3_2}
	to26   = []keaversion.Version{keaversion.V2_2, keaversion.V2_6}
	from26 = []keaversion.Version{keaversion.V2_6, keaversion.V3_0, keaversion.V3_2}
	only22 = []keaversion.Version{keaversion.V2_2}
)

func TestParameters(t *testing.T) {
	for _, c := range []parameterTest{
		{
			name: "authoritative at each scope",
			conf: quiet + "authoritative;\n" + sub4 + "subnet 10.0.1.0 netmask 255.255.255.0 {\nnot authoritative; }\n",
			want: map[string]any{
				"/Dhcp4/authoritative": true, "/Dhcp4/subnet4/0/authoritative": "absent", "/Dhcp4/subnet4/1/authoritative": false,
			},
			findings: []string{"2 authoritative S1 translated"},
		},
		{
			name: "a shared network whose subnets disagree about authority",
			conf: quiet + "shared-network n {\n" + sub4 + "subnet 10.0.1.0 netmask 255.255.255.0 {\nauthoritative; } }\n",
			want: map[string]any{
				"/Dhcp4/shared-networks/0/authoritative": "absent", "/Dhcp4/shared-networks/0/subnet4/1/authoritative": "absent",
			},
			findings: []string{"5 authoritative-mixed S2 approximated"},
		},
		{
			name:     "a shared network whose subnets agree against it",
			conf:     quiet + "shared-network n {\nnot authoritative;\nsubnet 10.0.1.0 netmask 255.255.255.0 {\nauthoritative; } }\n",
			want:     map[string]any{"/Dhcp4/shared-networks/0/authoritative": true, "/Dhcp4/shared-networks/0/subnet4/0/authoritative": "absent"},
			findings: []string{"5 authoritative S1 translated"},
		},
		{
			name: "a group's settings go to what is inside",
			conf: quiet + "group { ignore-client-uids true; dhcp-cache-threshold 10; " + sub4 + "}\n",
			want: map[string]any{
				"/Dhcp4/subnet4/0/match-client-id": false, "/Dhcp4/subnet4/0/cache-threshold": 0.1,
				"/Dhcp4/cache-threshold": 0.25, "/Dhcp4/match-client-id": "absent",
			},
		},
		{
			name: "cache threshold switched off",
			conf: quiet + "dhcp-cache-threshold 0;\n" + sub4,
			want: map[string]any{"/Dhcp4/cache-threshold": "absent"},
		},
		{
			name: "cache threshold switched off within",
			conf: quiet + "subnet 10.0.0.0 netmask 255.255.255.0 { dhcp-cache-threshold 0; }\n",
			want: map[string]any{"/Dhcp4/subnet4/0/cache-threshold": 0.000001},
		},
		{
			name:     "echo of the client identifier",
			conf:     quiet + "echo-client-id on;\nsubnet 10.0.0.0 netmask 255.255.255.0 {\necho-client-id off; }\n",
			want:     map[string]any{"/Dhcp4/echo-client-id": true},
			findings: []string{"4 echo-client-id S1 manual"},
		},
		{
			name: "declined addresses",
			conf: quiet + "abandon-lease-time 600;\n" + sub4,
			want: map[string]any{"/Dhcp4/decline-probation-period": 600},
		},
		{
			name:     "declines denied",
			conf:     quiet + "deny declines;\n" + sub4,
			want:     map[string]any{"/Dhcp4/decline-probation-period": 0},
			findings: []string{"2 declines S2 approximated"},
		},
		{
			name: "what Kea cannot do",
			conf: quiet + "always-broadcast on;\nmin-secs 3;\none-lease-per-client on;\nget-lease-hostnames on;\nuse-lease-addr-for-default-route on;\n" +
				"deny duplicates;\nallow leasequery;\nadaptive-lease-time-threshold 80;\ninfinite-is-reserved on;\n" + sub4,
			findings: []string{
				"10 infinite-is-reserved S2 manual", "2 always-broadcast S2 manual", "3 min-secs S3 manual",
				"4 one-lease-per-client S2 manual", "5 get-lease-hostnames S2 manual", "6 lease-address-as-router S3 manual",
				"7 duplicates S2 manual", "8 leasequery S2 manual", "9 adaptive-lease-time S2 manual",
			},
		},
		{
			name: "dhcpd's defaults said aloud need no words",
			conf: quiet + "always-broadcast off;\nmin-secs 0;\none-lease-per-client off;\nallow duplicates;\ndeny leasequery;\nlocal-port 67;\ndelayed-ack 0;\n" +
				"allow unknown-clients;\nallow booting;\ndeny bootp;\nserver-id-check on;\nlimited-broadcast-address 255.255.255.255;\n" + sub4,
		},
		{
			name:     "a setting said twice, and one that is read at the top only",
			conf:     quiet + "min-secs 3;\nmin-secs 0;\nsubnet 10.0.0.0 netmask 255.255.255.0 {\nabandon-lease-time 3;\n}\n",
			findings: []string{"5 parameter-global-only S1 ignored"},
		},
		{
			name:     "a value that is computed",
			conf:     quiet + "always-broadcast = option agent.circuit-id;\n" + sub4,
			findings: []string{"2 parameter-computed S2 manual"},
		},
		{
			name:     "a class has no such parameter",
			conf:     quiet + "class \"c\" { match if substring(hardware,1,1) = 00;\nignore-client-uids on; }\n" + sub4,
			findings: []string{"3 parameter-scope S2 manual"},
		},
		{
			name:     "a condition that shuts clients out",
			conf:     quiet + "if known {\ndeny booting;\nmin-secs 3; }\n" + sub4,
			findings: []string{"3 booting S1 translated", "4 parameter-condition S3 manual"},
		},
		{
			name: "server parameters",
			conf: quiet + "local-port 1067;\nomapi-port 7911;\nlease-file-name \"/l\";\npid-file-name \"/p\";\nlog-facility local3;\nlog-threshold-high 90;\ndb-time-format local;\n" + sub4,
			want: map[string]any{"/Dhcp4/loggers/0/name": "kea-dhcp4"},
			findings: []string{
				"2 port S3 manual", "3 omapi S2 manual", "4 lease-file S1 approximated", "5 pid-file S1 manual",
				"7 log-threshold S1 manual", "8 lease-file-format S1 manual",
			},
		},
		{
			name:    "stash-agent-options",
			conf:    quiet + "stash-agent-options on;\n" + sub4,
			targets: from26,
			want:    map[string]any{"/Dhcp4/stash-agent-options": true, "/Dhcp4/store-extended-info": true},
		},
		{
			name:     "stash-agent-options in 2.2",
			conf:     quiet + "stash-agent-options on;\n" + sub4,
			targets:  only22,
			findings: []string{"2 stash-agent-options S2 manual"},
		},
		{
			name: "DHCPv6",
			conf: "limit-addrs-per-ia 2;\nprefix-length-mode exact;\ndhcpv6-set-tee-times on;\ndeny unknown-clients;\nnext-server 10.0.0.1;\nauthoritative;\n" + sub6,
			want: map[string]any{
				"/Dhcp6/calculate-tee-times": true, "/Dhcp6/cache-threshold": 0.25,
				"/Dhcp6/subnet6/0/pools/0/client-classes": "absent", "/Dhcp6/subnet6/0/pools/0/client-class": "absent",
			},
			findings: []string{
				"1 leases-per-ia S2 manual", "2 prefix-length-mode S2 manual", "4 parameter-protocol S1 ignored",
				"5 parameter-protocol S1 ignored", "6 parameter-protocol S1 ignored",
			},
		},
		{
			name: "DNS updates off",
			conf: quiet + "ddns-update-style none;\nddns-domainname \"example.org\";\nignore client-updates;\n" + sub4,
			want: map[string]any{
				"/Dhcp4/dhcp-ddns/enable-updates": false, "/Dhcp4/ddns-qualifying-suffix": "absent",
			},
			findings: []string{"3 ddns-off S0 ignored", "4 ddns-off S0 ignored"},
		},
	} {
		t.Run(c.name, c.run)
	}
}

func TestDDNSParameters(t *testing.T) {
	conf := quiet + "ddns-update-style standard;\nddns-domainname \"example.org\";\nignore client-updates;\nupdate-conflict-detection off;\nupdate-optimization off;\n" +
		"ddns-rev-domainname \"in-addr.arpa.\";\nddns-ttl 600;\nddns-local-address4 10.0.0.1;\n" +
		"subnet 10.0.0.0 netmask 255.255.255.0 { ddns-updates off; pool { range 10.0.0.10 10.0.0.20;\nddns-domainname \"p.example.org\"; } }\n"
	shared := map[string]any{
		"/Dhcp4/dhcp-ddns/enable-updates": false, "/Dhcp4/ddns-qualifying-suffix": "example.org",
		"/Dhcp4/ddns-override-client-update": true, "/Dhcp4/ddns-update-on-renew": true,
		"/Dhcp4/subnet4/0/ddns-send-updates": false,
	}
	with := func(more map[string]any) map[string]any {
		for k, v := range shared {
			more[k] = v
		}
		return more
	}
	for _, c := range []parameterTest{
		{
			name: "from 3.0", targets: from30, conf: conf,
			want: with(map[string]any{
				"/Dhcp4/ddns-conflict-resolution-mode": "no-check-with-dhcid", "/Dhcp4/ddns-ttl": 600,
				"/Dhcp4/subnet4/0/pools/0/ddns-qualifying-suffix": "p.example.org",
			}),
			findings: []string{"0 bootp S1 translated", "0 ddns-client-name S2 approximated", "2 ddns-conflicts S1 translated", "2 ddns-no-zones S3 manual", "9 ddns-source-address S2 manual"},
		},
		{
			name: "2.6", targets: []keaversion.Version{keaversion.V2_6}, conf: conf,
			want: with(map[string]any{
				"/Dhcp4/ddns-conflict-resolution-mode": "no-check-with-dhcid", "/Dhcp4/ddns-ttl": "absent", "/Dhcp4/ddns-ttl-percent": 0.013889,
			}),
			findings: []string{"0 bootp S1 translated", "0 ddns-client-name S2 approximated", "11 parameter-scope S2 manual", "2 ddns-conflicts S1 translated", "2 ddns-no-zones S3 manual", "8 ddns-ttl S1 approximated", "9 ddns-source-address S2 manual"},
		},
		{
			name: "2.2", targets: only22, conf: conf,
			want:     with(map[string]any{"/Dhcp4/ddns-use-conflict-resolution": false}),
			findings: []string{"0 bootp S1 translated", "0 ddns-client-name S2 approximated", "0 ddns-ttl S1 approximated", "11 parameter-scope S2 manual", "2 ddns-conflicts S1 translated", "2 ddns-no-zones S3 manual", "8 ddns-ttl S1 manual", "9 ddns-source-address S2 manual"},
		},
		{
			name: "a name for a host", targets: from30,
			conf: quiet + "ddns-update-style standard;\nhost a { hardware ethernet 00:01:02:03:04:05; ddns-hostname \"foo\"; }\n" +
				"host b { hardware ethernet 00:01:02:03:04:06;\nddns-hostname \"f o\"; }\n" + sub4,
			want:     map[string]any{"/Dhcp4/reservations/0/hostname": "foo", "/Dhcp4/reservations/1/hostname": "absent"},
			findings: []string{"0 ddns-client-name S2 approximated", "2 ddns-conflicts S1 translated", "2 ddns-no-zones S3 manual", "3 ddns-hostname S1 approximated", "5 ddns-hostname S2 manual"},
		},
		{
			name: "interim", targets: from30, conf: quiet + "ddns-update-style interim;\n" + sub4,
			want:     map[string]any{"/Dhcp4/ddns-conflict-resolution-mode": "no-check-with-dhcid"},
			findings: []string{"0 ddns-client-name S2 approximated", "2 ddns-interim S3 approximated", "2 ddns-no-zones S3 manual"},
		},
	} {
		t.Run(c.name, c.run)
	}
}

func TestAccess(t *testing.T) {
	hosts := "host a { hardware ethernet 00:01:02:03:04:05; fixed-address 10.0.0.5; }\nhost b { hardware ethernet 00:01:02:03:04:06; }\n"
	for _, c := range []parameterTest{
		{
			name: "unknown clients denied everywhere but in one pool", targets: from30,
			conf: quiet + "deny bootp;\ndeny unknown-clients;\n" + hosts + sub4 + "subnet 10.0.1.0 netmask 255.255.255.0 { allow unknown-clients; range 10.0.1.10; }\n",
			want: map[string]any{
				"/Dhcp4/subnet4/0/pools/0/client-classes": []string{"KNOWN"},
				"/Dhcp4/subnet4/1/pools/0/client-classes": "absent",
				"/Dhcp4/reservations-global":              true,
			},
			findings: []string{"3 unknown-clients S1 translated"},
		},
		{
			name: "unknown clients denied, before 3.0", targets: to26,
			conf:     quiet + "deny bootp;\nboot-unknown-clients off;\n" + hosts + sub4,
			want:     map[string]any{"/Dhcp4/subnet4/0/pools/0/client-class": "KNOWN"},
			findings: []string{"3 unknown-clients S1 translated"},
		},
		{
			name: "unknown clients denied by something computed", targets: from30,
			conf:     quiet + "deny bootp;\nboot-unknown-clients = option agent.circuit-id;\n" + hosts + sub4,
			want:     map[string]any{"/Dhcp4/subnet4/0/pools/0/client-classes": []string{"KNOWN"}},
			findings: []string{"3 parameter-computed S3 manual", "3 unknown-clients S1 translated"},
		},
		{
			name: "booting denied to a host with and a host without address",
			conf: quiet + "deny bootp;\ngroup { deny booting;\n" + hosts + "}\n" + sub4,
			want: map[string]any{
				"/Dhcp4/subnet4/0/reservations/0/client-classes": []string{"DROP"},
				"/Dhcp4/reservations/0/client-classes":           []string{"DROP"},
				"/Dhcp4/early-global-reservations-lookup":        "absent",
			},
		},
		{
			name: "booting denied but to one host", targets: from30,
			conf: quiet + "deny bootp;\ndeny booting;\nhost b { hardware ethernet 00:01:02:03:04:06; allow booting; }\n" + sub4,
			want: map[string]any{
				"/Dhcp4/reservations/0/client-classes":    []string{"booting-allowed"},
				"/Dhcp4/client-classes/0/name":            "booting-allowed",
				"/Dhcp4/subnet4/0/pools/0/client-classes": []string{"booting-allowed"},
			},
			findings: []string{"3 booting S1 translated"},
		},
		{
			name: "booting denied to a class",
			conf: quiet + "deny bootp;\nclass \"bad\" { match if substring(hardware,1,3) = 00:11:22;\ndeny booting; }\n" + sub4,
			want: map[string]any{
				"/Dhcp4/client-classes/1/name": "DROP", "/Dhcp4/client-classes/1/test": "member('bad')",
			},
			findings: []string{"4 class-access S1 translated"},
		},
		{
			name:     "BOOTP said nothing about, hosts with addresses",
			targets:  from30,
			conf:     quiet + hosts + sub4,
			want:     map[string]any{"/Dhcp4/hooks-libraries/0/library": "libdhcp_bootp.so"},
			findings: []string{"0 bootp S1 translated"},
		},
		{
			name: "BOOTP refused, hosts with addresses",
			conf: quiet + "deny bootp;\n" + hosts + sub4,
			want: map[string]any{"/Dhcp4/hooks-libraries": "absent"},
		},
		{
			name: "BOOTP for hosts with addresses alone", targets: from30,
			conf: quiet + sub4 + "host a { hardware ethernet 00:01:02:03:04:05; fixed-address 10.0.0.5; }\n",
			want: map[string]any{
				"/Dhcp4/client-classes/0/name":            "DROP",
				"/Dhcp4/client-classes/0/test":            "member('BOOTP') and member('UNKNOWN')",
				"/Dhcp4/subnet4/0/pools/0/client-classes": "absent",
			},
			findings: []string{"0 bootp S1 translated"},
		},
		{
			name: "BOOTP allowed", targets: from30,
			conf: quiet + "allow bootp;\n" + hosts + sub4,
			want: map[string]any{
				"/Dhcp4/hooks-libraries/0/library": "libdhcp_bootp.so",
				"/Dhcp4/client-classes/0/name":     "bootp-host",
				"/Dhcp4/client-classes/1/name":     "DROP",
				"/Dhcp4/client-classes/2/test":     "not member('BOOTP')",
			},
			findings: []string{"2 bootp S1 translated"},
		},
		{
			name: "a range for BOOTP clients", targets: from30,
			conf: quiet + sub4 + "subnet 10.0.1.0 netmask 255.255.255.0 { range dynamic-bootp 10.0.1.10 10.0.1.20; }\n",
			want: map[string]any{
				"/Dhcp4/hooks-libraries/0/library":        "libdhcp_bootp.so",
				"/Dhcp4/subnet4/0/pools/0/client-classes": []string{"pool-permit-1"},
				"/Dhcp4/subnet4/1/pools/0/client-classes": "absent",
			},
			findings: []string{"0 bootp S1 translated"},
		},
		{
			name: "BOOTP allowed in 2.2", targets: only22,
			conf:     quiet + "allow bootp;\n" + hosts + sub4,
			want:     map[string]any{"/Dhcp4/hooks-libraries/0/library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_bootp.so"},
			findings: []string{"2 bootp S1 translated"},
		},
	} {
		t.Run(c.name, c.run)
	}
}

func TestPingCheck(t *testing.T) {
	for _, c := range []parameterTest{
		{
			name: "dhcpd's default", targets: from30, conf: sub4,
			want: map[string]any{
				"/Dhcp4/hooks-libraries/0/library":                      "libdhcp_ping_check.so",
				"/Dhcp4/hooks-libraries/0/parameters/enable-ping-check": true,
				"/Dhcp4/hooks-libraries/0/parameters/reply-timeout":     1000,
				"/Dhcp4/hooks-libraries/0/parameters/ping-cltt-secs":    60,
			},
			findings: []string{"0 ping-check-hook S1 translated"},
		},
		{
			name: "dhcpd's default before 3.0", targets: to26, conf: sub4,
			want:     map[string]any{"/Dhcp4/hooks-libraries": "absent"},
			findings: []string{"0 ping-check S2 manual"},
		},
		{
			name: "off", conf: quiet + sub4,
			want: map[string]any{"/Dhcp4/hooks-libraries": "absent"},
		},
		{
			name: "on in one subnet", targets: from30,
			conf: quiet + "subnet 10.0.0.0 netmask 255.255.255.0 { ping-check on; ping-timeout-ms 300; range 10.0.0.10; }\n",
			want: map[string]any{
				"/Dhcp4/hooks-libraries/0/parameters/enable-ping-check":      false,
				"/Dhcp4/subnet4/0/user-context/ping-check/enable-ping-check": true,
				"/Dhcp4/subnet4/0/user-context/ping-check/reply-timeout":     300,
			},
			findings: []string{"0 ping-check-hook S1 translated"},
		},
		{
			name: "on in one subnet, before 3.0", targets: to26,
			conf:     quiet + "subnet 10.0.0.0 netmask 255.255.255.0 { ping-check on; range 10.0.0.10; }\n",
			findings: []string{"2 ping-check S2 manual"},
		},
		{
			name: "without pools", conf: "subnet 10.0.0.0 netmask 255.255.255.0 { }\n",
			want: map[string]any{"/Dhcp4/hooks-libraries": "absent"},
		},
	} {
		t.Run(c.name, c.run)
	}
}
