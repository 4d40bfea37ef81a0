package golden

import (
	"context"
	"errors"

	"basehandler/internal/play"
)

// Exchanges makes an application and sends it requests one after the other, as
// [play.Exchanges] does, and the method of [play.Built].
type Exchanges func(ctx context.Context, settings []byte, requests [][]byte, asgi bool) ([]play.Result, error)

// Ask sends the requests of the case to an application that is made for it. That
// it could not be made is an outcome, too, and no error.
func (c *Case) Ask(ctx context.Context, exchanges Exchanges) (Outcome, error) {
	results, err := exchanges(ctx, c.Settings, c.Requests, c.ASGI)
	var load *play.LoadError
	if errors.As(err, &load) {
		return Outcome{Error: load.Error()}, nil
	}
	var outcome Outcome
	for _, r := range results {
		outcome.Results = append(outcome.Results, Result{Response: string(r.Response), Trace: r.Trace, Log: r.Log})
	}
	return outcome, err
}
