// Package control is Kea's control channel: commands in JSON that come in over a
// Unix socket, one for each connection, and answers in the form in which Kea
// writes them (Kea manual, chapter "Management API"). What the commands do is not
// its business.
package control
