package translator

// The passes that are still being written.

func (t *translation) parameters() {}
func (t *translation) globals()    {}

var (
	parameterCodes []CodeInfo
	globalCodes    []CodeInfo
)
