module alloydb-bench/go-relay

go 1.22
