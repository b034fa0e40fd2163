// Package oracle finds and runs the real programs that this project is
// measured against: ISC dhcpd 4.4.3-P1, Kea 2.2.0, 2.6.3 and 3.0.4, and keama.
//
// scripts/install-oracles.sh puts them in place. dhcpd and Kea 2.2.0 are the
// packages of Debian 12; the others are unpacked from later suites into a cache
// folder outside the tree, which the environment variable KEAMIGRATE_ORACLES
// names (default: keamigrate/oracles in the user's cache folder). On another
// system than Debian 12 the script unpacks that suite too.
//
// Kea runs in a root directory of its own: new mount, network and process
// namespaces in which /usr is the suite's, /run/kea, /var/lib/kea and
// /var/log/kea are fresh and have mode 0750, and /etc/kea is the folder of the
// configuration. So a generated file is judged with the very paths it holds,
// also by Kea 2.2.0, which has no environment variables to move them, and by
// Kea 3.0, which refuses paths outside its own. Namespaces have no names and
// end with the process, which the kernel kills with its parent: nothing is
// left behind, not even after a crash. Without root a user namespace is used.
package oracle
