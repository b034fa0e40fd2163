// Package transport takes messages of DHCPv4 from the network and sends answers.
//
// With raw sockets (AF_PACKET) a server can answer clients that have no address
// yet; a filter in the kernel lets only DHCP through. With UDP sockets it serves
// relayed clients alone. Kea calls the two "raw" and "udp" (Kea manual, "Network
// Interface Selection").
package transport
