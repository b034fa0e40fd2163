// Package wholefile replaces files in one step: whoever is killed meanwhile
// leaves the old file, or none, and the next writer takes away what the killed
// one has left.
package wholefile
