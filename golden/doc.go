// Package golden holds what "right" means: inputs and the files that they must
// give. Its tests translate each input again and compare.
package golden
