// Package packet reads and writes DHCPv4 messages in place, on the bytes that
// came from the wire and go to it (RFC 2131 section 2, RFC 2132, RFC 3396 for
// long options, RFC 3046 for option 82). What it reads and writes is held against
// github.com/insomniacslk/dhcp in tests.
package packet
