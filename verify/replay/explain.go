package replay

import (
	"net/netip"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

// explainer finds the findings of a translation that explain differences.
type explainer struct {
	report *translator.Report
	judge  *exchange.Judge
	// own serves the translation, with the leases of the configuration that is
	// rehearsed: a finding explains only what the translation does in the same way.
	own *server.Server4
}

func newExplainer(original *verify.Job, address netip.Addr, options server.Options) (*explainer, error) {
	conf, _ := verify.Servable(original.Own)
	built, err := exchange.BuildKeasrv(conf)
	if err != nil {
		return nil, err
	}
	means := model.Build(original.File, original.File.Protocol)
	if !address.IsValid() {
		// Without one that is to spare there are no clients without relay.
		address, _ = exchange.ServerAddress(means)
	}
	return &explainer{report: original.Report, judge: exchange.NewJudge(means, address, nil), own: server.New4(built, options)}, nil
}

// explain returns for each difference the findings that explain it; got is the answer of
// the configuration that is rehearsed.
func (e *explainer) explain(w *waiting, local netip.Addr, who *client.Client, want, got exchange.Message, list []exchange.Difference) ([][]translator.Code, error) {
	own := exchange.Message{Step: got.Step, Sent: true}
	if raw, ok := ask(e.own, &server.Packet{}, w, local, nil); ok {
		var err error
		if own.Answer, err = exchange.ReadAnswer4(raw, time.Unix(0, w.at)); err != nil {
			return nil, err
		}
	}
	e.judge.Only(who, []exchange.Message{want, got})
	codes := make([][]translator.Code, len(list))
	for i, d := range list {
		if !d.Allowed && own.Answer.Type == got.Answer.Type && (d.Field == "answered" || d.Field == "address" || own.Answer.Fields[d.Field] == got.Answer.Fields[d.Field]) {
			codes[i] = e.judge.Explanations(e.report, d)
		}
	}
	return codes, nil
}
