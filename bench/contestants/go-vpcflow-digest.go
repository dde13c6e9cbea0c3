// Digests default-format flow logs below a folder with go-vpcflow's digester: go-vpcflow-digest FOLDER. Prints its lines.
//
// To build it, in a checkout of github.com/asecurityteam/go-vpcflow:
//
//	mkdir -p cmd/digest && cp <here>/bench/contestants/go-vpcflow-digest.go cmd/digest/main.go
//	go build -o go-vpcflow-digest ./cmd/digest
//
// Opening files one after the other stands in for its bucket reader, which downloads; inflating and digesting are as
// there, and both are in one goroutine.
package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	vpcflow "github.com/asecurityteam/go-vpcflow"
)

// The records of all files, one file open at a time, without their header lines.
type folderReader struct {
	paths   []string
	file    *os.File
	current *bufio.Reader
}

func (r *folderReader) Read(into []byte) (int, error) {
	for {
		if r.current == nil {
			if len(r.paths) == 0 {
				return 0, io.EOF
			}
			if err := r.open(r.paths[0]); err != nil {
				return 0, err
			}
			r.paths = r.paths[1:]
		}
		n, err := r.current.Read(into)
		if err == io.EOF {
			r.file.Close()
			r.current = nil
			err = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (r *folderReader) open(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	inflated, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("%s: %v", path, err)
	}
	r.file, r.current = file, bufio.NewReader(inflated)
	_, err = r.current.ReadString('\n')
	return err
}

func (r *folderReader) Close() error { return nil }

func main() {
	var paths []string
	err := filepath.Walk(os.Args[1], func(path string, info os.FileInfo, err error) error {
		if err == nil && strings.HasSuffix(path, ".log.gz") {
			paths = append(paths, path)
		}
		return err
	})
	check(err)
	digest, err := (&vpcflow.ReaderDigester{Reader: &folderReader{paths: paths}}).Digest()
	check(err)
	_, err = io.Copy(os.Stdout, digest)
	check(err)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
