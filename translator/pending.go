package translator

import "github.com/keamigrate/keamigrate/parser/keaconf"

// The passes that are still being written.

func (t *translation) options() {}

func (t *translation) optionsOf(p place) []keaconf.OptionData { return nil }

func (t *translation) parameters() {}
func (t *translation) globals()    {}

var (
	optionCodes    []CodeInfo
	parameterCodes []CodeInfo
	globalCodes    []CodeInfo
)
