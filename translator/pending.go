package translator

// The passes that are still being written.

func (t *translation) options()    {}
func (t *translation) parameters() {}
func (t *translation) globals()    {}

var (
	optionCodes    []CodeInfo
	parameterCodes []CodeInfo
	globalCodes    []CodeInfo
)
