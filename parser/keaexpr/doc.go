// Package keaexpr reads, checks and prints the expressions of Kea's client
// classes and hooks (Kea manual, chapter "Client Classification", section
// "Using Expressions in Classification").
//
// Parse gives a tree of nodes that know their place in the text; String prints
// a tree with all brackets, so that what is read back is the same tree.
// Operators that the version of Kea or the protocol does not have, unknown
// options and wrong types are errors with the place.
package keaexpr
