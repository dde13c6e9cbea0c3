package host

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
)

// slowBucket is a server that speaks as much of S3 as a scan needs: a listing of many objects, and objects whose bodies
// never end.
type slowBucket struct {
	server *httptest.Server
	// Requests for objects that came, and those of them whose connection has been closed.
	reads, ended atomic.Int64
	lists        atomic.Int64
}

const slowObjects = 200

func startSlowBucket(t testing.TB) *slowBucket {
	bucket := &slowBucket{}
	bucket.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("list-type") {
			bucket.lists.Add(1)
			w.Header().Set("Content-Type", "application/xml")
			var contents strings.Builder
			for index := range slowObjects {
				fmt.Fprintf(&contents, `<Contents><Key>logs/%03d.log</Key><Size>1000</Size><ETag>"e%d"</ETag><LastModified>2026-01-15T10:00:00.000Z</LastModified><StorageClass>STANDARD</StorageClass></Contents>`, index, index)
			}
			fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>slow-bucket</Name><Prefix>logs/</Prefix><KeyCount>%d</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>%s</ListBucketResult>`, slowObjects, contents.String())
			return
		}
		bucket.reads.Add(1)
		defer bucket.ended.Add(1)
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte("2 123456789012 eni-0a "))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(func() {
		bucket.server.CloseClientConnections()
		bucket.server.Close()
	})
	return bucket
}

// A cancelled query stops what is being read from S3, and begins nothing more.
func TestCancellationStopsReads(t *testing.T) {
	bucket := startSlowBucket(t)
	p := start(t, productPath(t))
	settings := fmt.Sprintf(`{"authType":"keys","defaultRegion":"us-east-1","endpoint":%q,"sources":[{"name":"slow","location":"s3://slow-bucket/logs/","anyKey":true}]}`, bucket.server.URL)
	pluginContext := pluginContext(settings, map[string]string{"accessKey": "AKIAIOSFODNN7EXAMPLE", "secretKey": "secret"})

	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		response, err := p.data.QueryData(ctx, asked{context: pluginContext, queries: map[string]string{"A": `{"view":"stat","sources":["slow"]}`}}.request())
		if err == nil {
			err = fmt.Errorf("it was answered: %v", response)
		}
		result <- err
	}()
	eventually(t, "objects are being read", func() bool {
		select {
		case err := <-result:
			t.Fatal(err)
		default:
		}
		return bucket.reads.Load() > 0
	})
	equal(t, "ended before", bucket.ended.Load(), 0)

	cancel()
	equal(t, "outcome", grpcstatus.Code(<-result), codes.Canceled)
	equal(t, "outcome in the log", fmt.Sprint(p.log.await(t, "call ended").fields["outcome"]), "CANCELLED")
	eventually(t, "what was being read is given up", func() bool { return bucket.ended.Load() == bucket.reads.Load() })
	reads, lists := bucket.reads.Load(), bucket.lists.Load()
	// The plugin turns to other calls, and to nothing that was cancelled.
	for range 20 {
		p.get(t.Context(), t, path("sources"))
	}
	equal(t, "objects asked for", bucket.reads.Load(), reads)
	equal(t, "listings", bucket.lists.Load(), lists)
	if reads >= slowObjects {
		t.Errorf("all %d objects were asked for", reads)
	}
}
