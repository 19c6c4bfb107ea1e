// The logins: any number of connections to one instance, open at the same time.

package main

import (
	"context"
	"fmt"
	"net"
	"sync"

	"cloud.google.com/go/alloydbconn"
	"github.com/jackc/pgx/v5"
)

// login is what the database says of one connection.
type login struct {
	User    string `json:"user"`
	Backend int    `json:"backend"`
}

func logIn(ctx context.Context, o options) ([]login, error) {
	dialer, err := alloydbconn.NewDialer(ctx, dialerOptions(o)...)
	if err != nil {
		return nil, err
	}
	defer dialer.Close()
	config, err := clientConfig(o, dialer)
	if err != nil {
		return nil, err
	}
	clients, err := connect(ctx, config, o.connections)
	defer func() {
		for _, client := range clients {
			client.Close(ctx)
		}
	}()
	if err != nil {
		return nil, err
	}
	// Only now, so that connections which the server mixed up or closed behind others do not go unnoticed.
	logins := make([]login, len(clients))
	for i, client := range clients {
		row := client.QueryRow(ctx, "select current_user, pg_backend_pid()")
		if err := row.Scan(&logins[i].User, &logins[i].Backend); err != nil {
			return nil, err
		}
	}
	return logins, nil
}

func dialerOptions(o options) []alloydbconn.Option {
	all := []alloydbconn.Option{
		alloydbconn.WithAdminAPIEndpoint(o.apiEndpoint),
		alloydbconn.WithCredentialsFile(o.keyFile),
		// It would go to the real Cloud Monitoring: a test dials nothing but the emulator.
		alloydbconn.WithOptOutOfBuiltInTelemetry(),
	}
	if o.iam {
		all = append(all, alloydbconn.WithIAMAuthN())
	}
	if o.noExchange {
		all = append(all, alloydbconn.WithOptOutOfAdvancedConnectionCheck())
	}
	return all
}

func clientConfig(o options, dialer *alloydbconn.Dialer) (*pgx.ConnConfig, error) {
	dialOptions, err := dialOptions(o)
	if err != nil {
		return nil, err
	}
	// The host is never dialled; an address keeps pgx from looking up a name. TLS is the connector's.
	config, err := pgx.ParseConfig("host=127.0.0.1 dbname=postgres sslmode=disable")
	if err != nil {
		return nil, err
	}
	config.User = o.user
	config.Password = o.password
	config.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.Dial(ctx, o.instance, dialOptions...)
	}
	return config, nil
}

func dialOptions(o options) ([]alloydbconn.DialOption, error) {
	var all []alloydbconn.DialOption
	switch o.ipType {
	case "private":
		// The connector's default is part of what is tested.
	case "public":
		all = append(all, alloydbconn.WithPublicIP())
	case "psc":
		all = append(all, alloydbconn.WithPSC())
	default:
		return nil, fmt.Errorf("unknown kind of address %q", o.ipType)
	}
	if o.dial != "" {
		all = append(all, alloydbconn.WithOneOffDialFunc(
			func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, o.dial)
			}))
	}
	return all, nil
}

// connect opens all connections at once. Those that succeeded are returned even when others failed.
func connect(ctx context.Context, config *pgx.ConnConfig, count int) ([]*pgx.Conn, error) {
	var (
		group   sync.WaitGroup
		mutex   sync.Mutex
		clients []*pgx.Conn
		failed  error
	)
	for range count {
		group.Go(func() {
			client, err := pgx.ConnectConfig(ctx, config.Copy())
			mutex.Lock()
			defer mutex.Unlock()
			if err != nil {
				failed = err
				return
			}
			clients = append(clients, client)
		})
	}
	group.Wait()
	return clients, failed
}
