package constructs

import (
	"maps"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// Becomes says in a few words what a construct becomes in Kea, "" when the
// tables below do not know it.
func Becomes(c dhcpdconf.Construct) string {
	if c.Kind == dhcpdconf.ConstructParameter && strings.HasPrefix(c.Name, "ldap-") {
		return "nothing: let dhcpd write what it read from LDAP, and convert that"
	}
	return becomes()[c]
}

// becomes is made anew for each call: the program asks for a few hundred.
func becomes() map[dhcpdconf.Construct]string {
	table := map[dhcpdconf.Construct]string{}
	for kind, rows := range map[dhcpdconf.ConstructKind]string{
		dhcpdconf.ConstructStatement: statements, dhcpdconf.ConstructParameter: parameters,
		dhcpdconf.ConstructFlag: flags, dhcpdconf.ConstructPermit: permits, dhcpdconf.ConstructSetting: settings,
		dhcpdconf.ConstructExpression: expressionRows, dhcpdconf.ConstructType: types,
	} {
		for line := range strings.Lines(rows) {
			name, text, _ := strings.Cut(strings.TrimSpace(line), "\t")
			if name != "" {
				table[dhcpdconf.Construct{Kind: kind, Name: name}] = strings.ReplaceAll(strings.TrimSpace(text), "''", "`")
			}
		}
	}
	return table
}

// The tables: a construct, a tab, what it becomes, with Kea's words between two
// pairs of single quotes.
const (
	statements = `
add	nothing: Kea's classes have members by their tests alone
append	the whole value, joined, in ''option-data'' of the scope
authoritative	''authoritative'' of the network or subnet
break	where the classes of the cases of a switch end
class	a ''client-classes'' entry
db-time-format	nothing: Kea's lease file has one format
default NAME VALUE	''option-data'', where no scope around sets the option
define VARIABLE	its value, where it is used
define FUNCTION	its expression, where it is called
deleted	leaves the host out
dynamic	nothing: it is about dhcpd's lease file
eval	nothing
execute	a command in the script for ''run_script'', in an ''on'' block
failover peer (declaration)	high availability: the hooks ''lease_cmds'' and ''ha'', one relationship for each partner
failover peer (in a pool or network)	nothing, or a pool in two halves with the classes ''HA_primary'' and ''HA_secondary''
fixed-address	''ip-address'' of a reservation in the subnet that holds it
fixed-address6	''ip-addresses'' of a reservation
fixed-prefix6	''prefixes'' of a reservation
group	its settings, in each subnet, host and class within
group NAME	the same, also for the hosts that name it
group (in a host)	the settings of the group of that name
hardware ethernet	''hw-address'' of a reservation
hardware token-ring	''hw-address'': Kea does not compare the type
hardware fddi	''hw-address'': Kea does not compare the type
hardware infiniband	''hw-address'': Kea does not compare the type
hardware unknown-N	''hw-address'': Kea does not compare the type
host	a reservation in each subnet where it has an address, or a global one
host-identifier option	''client-id'', ''duid'' or ''circuit-id'', or the hook ''flex_id''
host-identifier v6relopt	the hook ''flex_id''
if	classes that exclude each other, and ''option-data'' or lifetimes that are theirs
elsif	the same
else	the same: the class of those in no other branch
include	its content
interface	''interface'' of the subnet or network, and in ''interfaces-config''
key	''tsig-keys'' of kea-dhcp-ddns, when a zone uses it
lease limit	the hook ''limits'': ''address-limit'' of the class
lease-id-format	nothing: Kea's lease file has one format
log	a message to syslog from the script, in an ''on'' block
log(fatal)	an error message; Kea goes on
log(error)	a message to syslog from the script, in an ''on'' block
log(info)	a message to syslog from the script, in an ''on'' block
log(debug)	a message to syslog from the script, in an ''on'' block
match EXPRESSION	the tests of the subclasses, or reservations with ''client-classes''
match if	''test'' of the class
no failover peer	nothing: high availability is for the whole server
not authoritative	''authoritative'' false
on commit	a function of the script that the hook ''run_script'' calls: leases4_committed, leases6_committed
on expiry	the same: lease4_expire, lease6_expire
on release	the same: lease4_release, lease6_release
on transmission	nothing: an event of dhclient
option NAME VALUE	''option-data'' of the scope, or a key of its own (lifetimes, timers, identifiers)
option NAME = EXPRESSION	''option-data'' where the value is constant, else the hook ''flex_option''
option NAME code NUMBER = TYPE	''option-def'', unless Kea has the option
option space	''space'' of definitions and data
parse-vendor-option	nothing: Kea reads vendor options anyway
pool	a ''pools'' entry for each range
pool6	''pools'' and ''pd-pools'' entries
prefix6	''pd-pools'', one for each aligned block
prepend	the whole value, joined, in ''option-data'' of the scope
range	''pool'' of a ''pools'' entry
range dynamic-bootp	the same, with the hook ''bootp''
range6 LOW HIGH	''pool'' of a ''pools'' entry
range6 PREFIX	''pool'' of a ''pools'' entry
range6 temporary	nothing: Kea gives no temporary addresses
return	part of the function
send	as option
server-duid	''server-id''
server-identifier	the option dhcp-server-identifier
set	its value, where it is used; a variable of the script, in an ''on'' block
shared-network	a ''shared-networks'' entry
site-option-space	definitions of the codes 128 to 254 in Kea's own space
spawn with	''template-test'' of a class
static	nothing: it is about dhcpd's lease file
subclass	a class of its own, or reservations with ''client-classes''
subclass with statements	a class of its own with the settings
subnet	a ''subnet4'' entry with an id that later runs keep
subnet6	a ''subnet6'' entry with an id that later runs keep
supersede	as option
switch	classes, one for each case
case	''test'' of a class
default (in a switch)	the class of those in no other case
uid	''client-id'' of a reservation
unset	part of the script, in an ''on'' block
user-class	nothing: nobody is ever a member
vendor-class	nothing: nobody is ever a member
vendor-option-space	option 43 with the options of the space
zone	''forward-ddns'' or ''reverse-ddns'' domains of kea-dhcp-ddns
%	nothing
;	nothing
parameter = EXPRESSION	the value where it is constant; ''ddns-hostname'' by the hook ''ddns_tuning''
call of a function	nothing
`
	parameters = `
abandon-lease-time	''decline-probation-period''
adaptive-lease-time-threshold	nothing; 3.2 has it for some allocators
always-broadcast	nothing
always-reply-rfc1048	nothing
bind-local-address6	nothing: addresses are bound with ''interfaces-config''
boot-unknown-clients	pools for known clients, as the flag unknown-clients
check-secs-byte-order	nothing
ddns-domainname	''ddns-qualifying-suffix''
ddns-dual-stack-mixed-mode	nothing
ddns-guard-id-must-match	''ddns-conflict-resolution-mode''
ddns-hostname	''hostname'' of a reservation, ''ddns-generated-prefix'', or the hook ''ddns_tuning''
ddns-local-address4	nothing
ddns-local-address6	nothing
ddns-other-guard-is-dynamic	nothing
ddns-rev-domainname	nothing: in-addr.arpa and ip6.arpa are fixed
ddns-ttl	''ddns-ttl''
ddns-update-style	''dhcp-ddns'' and the file of kea-dhcp-ddns
ddns-updates	''ddns-send-updates''
default-lease-time	''valid-lifetime''
delayed-ack	nothing: Kea does not wait for the disk
dhcp-cache-threshold	''cache-threshold''
dhcpv6-lease-file-name	''lease-database'' at a path of Kea's
dhcpv6-pid-file-name	nothing: Kea has a pid file of its own
dhcpv6-set-tee-times	''calculate-tee-times''
do-forward-updates	''forward-ddns'' with or without domains
do-reverse-updates	''reverse-ddns'' with or without domains
dont-use-fsync	nothing: Kea does not wait for the disk
dynamic-bootp-lease-cutoff	nothing
dynamic-bootp-lease-length	nothing
echo-client-id	''echo-client-id''
filename	''boot-file-name''
fqdn-reply	nothing
get-lease-hostnames	nothing
ignore-client-uids	''match-client-id''
infinite-is-reserved	nothing
lease-file-name	''lease-database'' at a path of Kea's
limit-addrs-per-ia	nothing: one lease for each IA
limit-prefs-per-ia	nothing: one lease for each IA
limited-broadcast-address	nothing
local-address	nothing: addresses are bound with ''interfaces-config''
local-address6	nothing: addresses are bound with ''interfaces-config''
local-port	-p on Kea's command line
log-facility	the output syslog:FACILITY of a logger
log-threshold-high	nothing: watch the statistics
log-threshold-low	nothing: watch the statistics
max-ack-delay	nothing: Kea does not wait for the disk
max-lease-time	''max-valid-lifetime''
min-lease-time	''min-valid-lifetime''
min-secs	nothing
next-server	''next-server''
omapi-key	nothing: the control socket has file permissions
omapi-port	''control-socket'' with commands in JSON
one-lease-per-client	nothing
pid-file-name	nothing: Kea has a pid file of its own
ping-check	the hook ''ping_check''
ping-cltt-secs	''ping-cltt-secs'' of the hook
ping-timeout	''reply-timeout'' of the hook
ping-timeout-ms	''reply-timeout'' of the hook
preferred-lifetime	''preferred-lifetime''
prefix-length-mode	nothing: Kea prefers a pool of the wanted length
release-on-roam	nothing
remote-port	-P on Kea's command line
server-id-check	nothing: Kea always checks
server-name	''server-hostname''
stash-agent-options	''stash-agent-options'' and ''store-extended-info''
update-conflict-detection	''ddns-conflict-resolution-mode'', before 2.6 ''ddns-use-conflict-resolution''
update-optimization	''ddns-update-on-renew''
update-static-leases	nothing where it is on; the class ''SKIP_DDNS'' for reservations where it is off
use-host-decl-names	''hostname'' of the reservations
use-lease-addr-for-default-route	nothing
`
	flags = `
unknown-clients	pools for known clients
booting	the class ''DROP'' for hosts and classes
bootp	the hook ''bootp''
dynamic-bootp	nothing: dhcpd does not read it
duplicates	nothing
declines	''decline-probation-period'' 0
client-updates	''ddns-override-client-update''
leasequery	nothing: the hook ''lease_query'' wants to know who may ask
`
	permits = `
allow known-clients	a pool for the members of KNOWN
deny known-clients	a pool for others than the members of KNOWN
allow unknown-clients	a pool for others than the members of KNOWN
deny unknown-clients	a pool for the members of KNOWN
allow members of CLASS	a pool for the class
deny members of CLASS	a pool for others than the members of the class
allow authenticated clients	a pool for nobody
deny authenticated clients	nothing: nobody is authenticated
allow unauthenticated clients	nothing: nobody is authenticated
deny unauthenticated clients	a pool for nobody
allow all clients	a pool for all
deny all clients	a pool for nobody
allow dynamic bootp clients	a pool for the members of BOOTP
deny dynamic bootp clients	a pool for others than the members of BOOTP
allow after DATE	a pool for all, or for nobody until the day
deny after DATE	a pool for all until the day, or for nobody
`
	settings = `
failover: primary	''role''
failover: secondary	''role''
failover: address	''url'' of this server
failover: peer address	''url'' of the partner
failover: port	port in the ''url''
failover: peer port	port in the ''url''
failover: max-lease-misbalance	nothing: addresses do not move between servers
failover: max-lease-ownership	nothing: addresses do not move between servers
failover: max-balance	nothing: addresses do not move between servers
failover: min-balance	nothing: addresses do not move between servers
failover: auto-partner-down	''max-unacked-clients'' 0
failover: max-response-delay	''max-response-delay'' and ''heartbeat-delay''
failover: max-unacked-updates	nothing: each lease is confirmed before the answer
failover: mclt	nothing: the partner knows each lease before the answer
failover: split	''mode'': halves are load-balancing, all else hot-standby
failover: hba	''mode'': halves are load-balancing, all else hot-standby
failover: load balance max seconds	''max-ack-delay'', and load-balancing at all
zone: primary	''dns-servers'' of the domain
zone: secondary	nothing
zone: primary6	''dns-servers'' of the domain
zone: secondary6	nothing
zone: key	''key-name'' of the domain
key: algorithm	''algorithm'' of the key
key: secret	''secret'' of the key
`
	expressionRows = `
and	and, with parentheses that keep dhcpd's grouping
or	or, with parentheses that keep dhcpd's grouping
=	==
!=	not (... == ...)
~=	match(), or a comparison where the pattern allows it
~~	match() and lcase(), or a comparison where the pattern allows it
+	its value, where both sides are constant
*	its value, where both sides are constant
/	its value, where both sides are constant
%	its value, where both sides are constant
&	its value, where both sides are constant
|	its value, where both sides are constant
^	its value, where both sides are constant
not	not
exists	option[N].exists
option NAME	option[N].hex, relay4[N].hex, vendor[E].option[N].hex
config-option NAME	nothing
variable	its value, where it is set once
function of the file	its expression, with the arguments
text in quotes	'text' or 0x...
octets	0x...
number	its octets
client-state	nothing
filename	nothing
hardware	pkt4.htype and pkt4.mac
host-decl-name	nothing
known	KNOWN in permits; in a class it is never true when dhcpd asks
lease-time	nothing in tests; the lifetime in scripts
leased-address	nothing in tests; the address in scripts
null	nothing
server-name	nothing
static	nothing
binary-to-ascii()	the octets that the text stands for
concat()	concat()
defined()	nothing
encode-int()	its octets
extract-int()	substring() of the octets
gethostbyname()	the address at conversion
gethostname()	nothing
lcase()	lcase()
packet()	the field of the header: pkt4.giaddr and so on
pick-first-value()	ifelse()
reverse()	nothing
substring()	substring()
suffix()	substring() from the end
ucase()	ucase()
v6relay()	relay6[N]
`
	types = `
flag	boolean
ip-address	ipv4-address
ip6-address	ipv6-address
text	string
string	binary, or string where all values are text
domain-name	fqdn
domain-list	fqdn, array
domain-list compressed	fqdn, array; not compressed in the answer
zero length	empty
integer 8	int8
unsigned integer 8	uint8
integer 16	int16
unsigned integer 16	uint16
integer 32	int32
unsigned integer 32	uint32
encapsulate	empty, with ''encapsulate''
array of	''array'' true
record	record with ''record-types''
array of record	binary with the octets
record with an array at its end	record with ''array'' true
`
)

// Described lists the constructs that the tables have words for.
func Described() []dhcpdconf.Construct {
	return slices.Collect(maps.Keys(becomes()))
}
