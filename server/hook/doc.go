// Package hook holds what Kea's hook libraries do that are told what happens in the
// server and change nothing in it, a file for each library. Those that change
// answers are steps of the server itself.
package hook
