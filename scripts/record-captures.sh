#!/bin/bash
# Records testdata/captures/relay-*: real clients (udhcpc, dhclient) get leases of the
# real dhcpd by way of the real dhcrelay, in network namespaces, while dumpcap captures
# in several places at once. The configuration is testdata/captures/relay.conf. Lists of
# addresses are so long there, and the MTU of the server's wire is so small, that the
# kernel sends some answers in fragments.
#
# Needs root and the Debian packages isc-dhcp-server, isc-dhcp-relay, isc-dhcp-client,
# udhcpc, wireshark-common and iproute2. The tests read the captures and need none of
# them. Expectations are in verify/replay/recorded_test.go: look at them afterwards.
set -euo pipefail
if [ "${1-}" != --inside ]; then
	exec unshare --net --mount --pid --fork --kill-child "$0" --inside
fi
cd "$(dirname "$0")/../testdata/captures"

mount -t tmpfs none /run
work=/run/work
mkdir -p /run/netns $work
for n in server relay clients; do
	ip netns add $n
	ip -n $n link set lo up
done
wire() { # wire NAME NAMESPACE MAC NAMESPACE MAC
	ip link add "$1" netns "$2" address "$3" type veth peer name "$1" netns "$4" address "$5"
	ip -n "$2" link set "$1" up
	ip -n "$4" link set "$1" up
}
wire s0 relay 02:00:00:00:01:01 server 02:00:00:00:01:02
wire c0 clients 02:00:00:00:02:01 relay 02:00:00:00:02:02
wire d0 clients 02:00:00:00:03:01 relay 02:00:00:00:03:02
ip -n relay link set s0 mtu 576
ip -n server link set s0 mtu 576
ip -n relay address add 10.10.0.1/24 dev c0
ip -n relay address add 10.30.0.1/24 dev d0
ip -n relay address add 10.0.0.2/24 dev s0
ip -n server address add 10.0.0.1/24 dev s0
ip -n server route add default via 10.0.0.2
ip netns exec relay sysctl -qw net.ipv4.ip_forward=1

cp relay.conf $work/dhcpd.conf
: >$work/dhcpd.leases
: >$work/dhclient.leases
ip netns exec server dhcpd -4 -q -f -cf $work/dhcpd.conf -lf $work/dhcpd.leases -pf $work/dhcpd.pid s0 &>$work/dhcpd.log &
server=$!
ip netns exec relay dhcrelay -4 -d -q -a -i c0 -i d0 -i s0 -pf $work/dhcrelay.pid 10.0.0.1 &>$work/dhcrelay.log &
relay=$!
ip netns exec relay dumpcap -q -i c0 -i s0 -w $work/relay-both.pcapng 2>/dev/null &
captures=($!)
ip netns exec relay dumpcap -q -i any -y LINUX_SLL2 -w $work/relay-any.pcapng 2>/dev/null &
captures+=($!)
ip netns exec server dumpcap -q -P -i s0 -w $work/relay-server.pcap 2>/dev/null &
captures+=($!)
ip netns exec relay dumpcap -q -P -i c0 -w $work/relay-clients.pcap 2>/dev/null &
captures+=($!)
sleep 2

cat >$work/script <<'EOF'
#!/bin/sh
case "$1$reason" in
bound | renew)
	ip address replace "$ip/24" dev "$interface"
	ip route replace default via 10.10.0.1
	;;
esac
EOF
chmod +x $work/script
cat >$work/dhclient.conf <<'EOF'
request subnet-mask, routers, domain-name, domain-name-servers, ntp-servers, log-servers, root-path;
send dhcp-client-identifier "lab-client";
send host-name "labhost";
send dhcp-max-message-size 1400;
EOF
ip netns exec clients udhcpc -i c0 -f -R -s $work/script -O 119 &>/dev/null &
udhcpc=$!
ip netns exec clients dhclient -d -4 -lf $work/dhclient.leases -pf $work/dhclient.pid -cf $work/dhclient.conf -sf $work/script d0 &>/dev/null &
dhclient=$!
sleep 6
kill -USR1 $udhcpc # renew
sleep 8
kill -USR2 $udhcpc # release
sleep 1
kill $udhcpc $dhclient "${captures[@]}"
sleep 1
kill $relay $server
# What dumpcap notes about this machine is nobody's business.
for text in "$(uname -s) $(uname -r)" "$(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo)"; do
	LC_ALL=C sed -i "s/$text/${text//?/x}/g" $work/*.pcapng
done
cp $work/relay-*.pcap* .
chmod 644 relay-*.pcap*
