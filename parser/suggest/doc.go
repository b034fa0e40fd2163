// Package suggest finds the known word that an unknown one was probably meant to
// be, for messages such as: did you mean "subnet"?
package suggest
