// Command alloydb-interop logs in to an instance with Google's connector for Go, and prints what came of it as JSON.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"
)

const timeLimit = 60 * time.Second

// options is what the test asks for.
type options struct {
	apiEndpoint string
	keyFile     string
	instance    string
	user        string
	password    string
	connections int
	iam         bool
	noExchange  bool
	ipType      string
	dial        string
}

// report is the one line that the test reads: the logins or, when any of them failed, one error.
type report struct {
	Logins []login  `json:"logins,omitempty"`
	Error  *failure `json:"error,omitempty"`
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), timeLimit)
	defer cancel()
	var out report
	logins, err := logIn(ctx, readOptions())
	if err != nil {
		out.Error = describe(err)
	} else {
		out.Logins = logins
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		fmt.Fprintf(os.Stderr, "cannot write the report: %v\n", err)
		os.Exit(1)
	}
}

func readOptions() options {
	var o options
	flag.StringVar(&o.apiEndpoint, "api-endpoint", "", "`URL` of the Admin API")
	flag.StringVar(&o.keyFile, "key-file", "", "`path` of a service account's key file")
	flag.StringVar(&o.instance, "instance", "", "`URI` of the instance")
	flag.StringVar(&o.user, "user", "", "`name` of the database user")
	flag.IntVar(&o.connections, "connections", 1, "`number` of connections that are open at once")
	flag.BoolVar(&o.iam, "iam", false, "log in with IAM instead of a password")
	flag.BoolVar(&o.noExchange, "no-exchange", false, "opt out of the metadata exchange")
	flag.StringVar(&o.ipType, "ip-type", "private", "`kind` of address: private, public or psc")
	flag.StringVar(&o.dial, "dial", "", "`host:port` to dial in place of the instance's address, which is still verified")
	flag.Parse()
	// Everybody on the machine can read arguments.
	o.password = os.Getenv("INTEROP_PASSWORD")
	return o
}
