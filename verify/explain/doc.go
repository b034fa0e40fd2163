// Package explain writes for people what dhcpd sends one client and why, beside
// the elements of the translated Kea configuration that are to do the same.
package explain
