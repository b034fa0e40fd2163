// Package dhcpdconf reads and prints dhcpd.conf, the language of
// dhcpd.conf(5), dhcp-eval(5) and dhcp-options(5) as ISC dhcpd 4.4.3 takes it,
// for both protocols.
//
// The tree is verbatim: every statement knows the bytes it came from, so that
// an unchanged file prints back byte for byte, and every finding can name
// file, line and column. The files of this package are the steps: pos, token,
// lexer, node, parser (with keyword, decl, option, expr), include, printer,
// walk, and diag with its text form and suggestions.
package dhcpdconf
