// Package config is a configuration of kea-dhcp4 made ready for serving:
// inherited settings are worked out, options encoded, class tests compiled,
// reservations indexed. It never changes once it is made; a reload makes a new one.
package config
