// Package exchange runs clients against DHCP servers and compares what they
// answer: a [Target] (the real dhcpd, its model, a real Kea with a translation) is started
// with an empty lease database, the clients of package client speak to it in
// order, and each answer is recorded in a normal form. [Compare] tells the
// differences that matter; its rule book is the table in rules.go, from which
// docs/equivalence.md is generated.
package exchange

//go:generate go run ./rulesdoc ../../docs/equivalence.md
