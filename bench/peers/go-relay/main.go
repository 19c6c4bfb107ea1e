// A relay in Go with the shape of the official proxy's data plane: one connection of crypto/tls for each client, the
// metadata exchange, then two goroutines that copy 8 KiB at a time. It is a yardstick for bench/, no product.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"os"
	"time"
)

const (
	copySize  = 8 << 10
	keepAlive = 30 * time.Second
	// Field 2 (auth_type) = 1 (DB_NATIVE), between the strings of fields 1 and 3.
	databaseNative = "\x10\x01"
)

func main() {
	listen := flag.String("listen", "", "address for clients")
	connect := flag.String("connect", "", "address of the server-side proxy")
	cert := flag.String("cert", "", "client certificate and intermediate")
	key := flag.String("key", "", "its key")
	ca := flag.String("ca", "", "the authority of the server")
	token := flag.String("token", "", "file with the access token")
	flag.Parse()

	config := tlsConfig(*cert, *key, *ca, *connect)
	request := exchangeRequest("bench-go-relay/1", string(read(*token)))
	listener, err := net.Listen("tcp", *listen)
	check(err)
	for {
		client, err := listener.Accept()
		check(err)
		go serve(client.(*net.TCPConn), *connect, config, request)
	}
}

func tlsConfig(cert, key, ca, address string) *tls.Config {
	pair, err := tls.LoadX509KeyPair(cert, key)
	check(err)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(read(ca)) {
		log.Fatalf("%s holds no certificate", ca)
	}
	host, _, err := net.SplitHostPort(address)
	check(err)
	return &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS13}
}

func serve(client *net.TCPConn, address string, config *tls.Config, request []byte) {
	defer client.Close()
	dialer := net.Dialer{KeepAlive: keepAlive}
	plain, err := dialer.Dial("tcp", address)
	if err != nil {
		log.Print(err)
		return
	}
	upstream := tls.Client(plain, config)
	defer upstream.Close()
	if err := exchange(upstream, request); err != nil {
		log.Print(err)
		return
	}
	over := make(chan struct{}, 2)
	go pump(upstream, client, over)
	go pump(client, upstream, over)
	<-over
	<-over
}

// pump copies until one side ends, and tells the other side of the end.
func pump(to, from net.Conn, over chan<- struct{}) {
	buffer := make([]byte, copySize)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if _, failed := to.Write(buffer[:n]); failed != nil {
				from.Close()
				break
			}
		}
		if err != nil {
			if half, can := to.(interface{ CloseWrite() error }); can {
				half.CloseWrite()
			}
			break
		}
	}
	over <- struct{}{}
}

func exchangeRequest(userAgent, token string) []byte {
	message := append(field(1, userAgent), databaseNative...)
	message = append(message, field(3, token)...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(message))), message...)
}

// field is a string of protobuf.
func field(number int, text string) []byte {
	bytes := []byte{byte(number<<3 | 2)}
	return append(binary.AppendUvarint(bytes, uint64(len(text))), text...)
}

func exchange(upstream *tls.Conn, request []byte) error {
	if _, err := upstream.Write(request); err != nil {
		return err
	}
	header := make([]byte, 4)
	if _, err := io.ReadFull(upstream, header); err != nil {
		return err
	}
	reply := make([]byte, binary.BigEndian.Uint32(header))
	if _, err := io.ReadFull(upstream, reply); err != nil {
		return err
	}
	if len(reply) < 2 || reply[0] != 8 || reply[1] != 1 {
		return errors.New("the server refused in the metadata exchange")
	}
	return nil
}

func read(path string) []byte {
	bytes, err := os.ReadFile(path)
	check(err)
	return bytes
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
