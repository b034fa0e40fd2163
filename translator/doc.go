// Package translator turns what a dhcpd.conf means into Kea's files and a
// report that accounts for every statement.
//
// translate.go is the list of passes, in order; each pass has a file named for
// its subject. finding.go, ledger.go and report.go hold what is said about the
// input: each statement ends with exactly one verdict.
package translator
