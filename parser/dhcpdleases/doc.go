// Package dhcpdleases reads and writes dhcpd.leases and dhcpd6.leases, the lease
// database of ISC dhcpd up to 4.4.3-P1, with the older forms that it still
// reads.
//
// The file is a log: of two entries for one address, or one identity
// association, the later one counts. [Read] gives the entries in the order of
// the file, one at a time and in constant memory, so that files of many
// gigabytes can be read; what counts in the end is the reader's business.
//
// What is broken is reported with its place, and reading goes on where dhcpd
// goes on when it starts on the same file: token for token, also where that
// costs the entry behind the broken one. What dhcpd keeps of a broken entry is
// kept, what it drops is dropped.
//
// There are three ways to read an entry, which agree (the tests see to that):
// fast.go and fast6.go know the layout that dhcpd itself writes and nothing
// else; what they do not know goes to exact.go and exact6.go, which follow
// dhcpd's parser step by step on the tokens of token.go; and grammar.go is the
// grammar of what is right, as a page for people (docs/lease-grammar.md) and as
// the reference of the tests. It is not run on files: a grammar cannot say
// where dhcpd goes on behind an error.
package dhcpdleases
