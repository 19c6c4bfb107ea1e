// What the connector, the Admin API and the database say of a failure, taken apart for the test.

package main

import (
	"errors"

	"cloud.google.com/go/alloydbconn/errtype"
	"github.com/googleapis/gax-go/v2/apierror"
	"github.com/jackc/pgx/v5/pgconn"
)

type failure struct {
	// Kind is the connector's class of the error: config, refresh or dial; other when it has none.
	Kind string `json:"kind"`
	Text string `json:"text"`
	// API is what Google's client library has read from an error answer of the Admin API.
	API *apiFailure `json:"api,omitempty"`
	// SQLState is the code of an error that the database has reported.
	SQLState string `json:"sqlState,omitempty"`
}

type apiFailure struct {
	HTTPStatus int               `json:"httpStatus"`
	Message    string            `json:"message"`
	Reason     string            `json:"reason"`
	Domain     string            `json:"domain"`
	Metadata   map[string]string `json:"metadata"`
}

func describe(err error) *failure {
	out := &failure{Kind: kindOf(err), Text: err.Error()}
	if api, ok := errors.AsType[*apierror.APIError](err); ok {
		out.API = &apiFailure{
			HTTPStatus: api.HTTPCode(),
			Message:    api.Error(),
			Reason:     api.Reason(),
			Domain:     api.Domain(),
			Metadata:   api.Metadata(),
		}
	}
	if database, ok := errors.AsType[*pgconn.PgError](err); ok {
		out.SQLState = database.Code
	}
	return out
}

func kindOf(err error) string {
	if _, ok := errors.AsType[*errtype.ConfigError](err); ok {
		return "config"
	}
	if _, ok := errors.AsType[*errtype.RefreshError](err); ok {
		return "refresh"
	}
	if _, ok := errors.AsType[*errtype.DialError](err); ok {
		return "dial"
	}
	return "other"
}
