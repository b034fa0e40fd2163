// Package dhcpdconf reads and prints dhcpd.conf, the language of
// dhcpd.conf(5), dhcp-eval(5) and dhcp-options(5) as ISC dhcpd 4.4.3 takes it,
// for both protocols.
//
// The tree is verbatim: every statement knows the bytes it came from, so that
// an unchanged file prints back byte for byte, and every finding can name
// file, line and column. An error stands for something that dhcpd refuses too;
// docs/dhcpd-differences.md has the exceptions.
//
// The files are the steps. token and lexer make tokens of bytes. parser walks
// over the statements and recovers from errors; keyword is the one table of
// statements, with where each may stand. What reads them is in decl, pool, host,
// class, permit, failover, zone, duid, optionstmt, optiondef, value, exec and
// include. grammar runs participle on the tokens of one statement; exprsyntax,
// optiondef and settings hold the grammars, and expr groups what exprsyntax
// has read. names and check are the checks across statements. node, exprnode
// and pos are the tree; walk, printer, format, diag, diagtext, secret and
// suggest work on it.
package dhcpdconf
