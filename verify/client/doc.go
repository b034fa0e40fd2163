// Package client is the one notation for a DHCP client: a line of words that
// says what the client is and which messages it sends, such as
//
//	mac=02:00:00:00:00:01 relay=10.0.0.1 vendor-class=PXEClient prl=1,3,6 do=discover,request,renew
//
// [Parse] reads it, [Client.String] writes it in canonical form, and
// [Client.Message4] and [Client.Message6] build the messages. Golden files,
// tests and commands all use it. docs/clients.md lists the words; it is
// generated from the table in words.go.
package client

//go:generate go run ./clientdoc ../../docs/clients.md
