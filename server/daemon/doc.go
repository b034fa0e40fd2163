// Package daemon runs keasrv: it reads the configuration, opens the lease database
// and the sockets, and lets messages through to package server and answers out.
// Answers of a batch of messages leave together, once the leases that they give
// away are in the lease file.
package daemon
