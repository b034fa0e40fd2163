// Package classify evaluates the expressions of Kea's client classes and hooks on
// a packet, and keeps which classes a packet belongs to (Kea manual, chapter
// "Client Classification").
//
// An expression is compiled once and evaluated many times without a memory
// allocation. Values are strings of bytes; what is not there is empty.
package classify
