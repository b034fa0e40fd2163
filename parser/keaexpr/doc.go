// Package keaexpr reads, checks and prints the expressions of Kea's client
// classes and hooks (Kea manual, chapter "Client Classification").
package keaexpr
