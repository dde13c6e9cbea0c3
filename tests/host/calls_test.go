package host

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/experimental/status"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const receiveLimitBytes = 16 * 1024 * 1024

func queryRequest(queries map[string]string) *pluginv2.QueryDataRequest {
	request := &pluginv2.QueryDataRequest{}
	for refID, json := range queries {
		request.Queries = append(request.Queries, &pluginv2.DataQuery{RefId: refID, Json: []byte(json)})
	}
	return request
}

func TestHealthService(t *testing.T) {
	p := start(t, productPath(t))
	client := grpc_health_v1.NewHealthClient(p.connection())
	for _, service := range []string{"", "plugin"} {
		response, err := client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: service})
		must(t, err)
		equal(t, "status of "+service, response.Status, grpc_health_v1.HealthCheckResponse_SERVING)
	}
	_, err := client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "other"})
	equal(t, "code", grpcstatus.Code(err), codes.NotFound)

	watch, err := client.Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "plugin"})
	must(t, err)
	response, err := watch.Recv()
	must(t, err)
	equal(t, "watched", response.Status, grpc_health_v1.HealthCheckResponse_SERVING)
}

func TestEveryQueryIsAnswered(t *testing.T) {
	p := start(t, productPath(t))
	responses := p.query(t.Context(), t, pluginContext(`{}`, nil), map[string]string{"A": `{"view":"nonsense"}`, "__proto__": `{]`, "": ``})
	equal(t, "responses", len(responses), 3)
	for refID, response := range responses {
		if response.Error == nil || response.Status < 400 || !response.ErrorSource.IsValid() {
			t.Errorf("%q: status %d, source %q, error %v", refID, response.Status, response.ErrorSource, response.Error)
		}
	}

	p = start(t, probePath(t))
	responses = p.query(t.Context(), t, pluginContext(`{}`, nil), map[string]string{"A": ``, "B": `{"action":"forget"}`})
	equal(t, "status of A", responses["A"].Status, backend.StatusOK)
	equal(t, "status of B", responses["B"].Status, backend.StatusInternal)
	equal(t, "source of B", responses["B"].ErrorSource, backend.ErrorSourcePlugin)
}

func TestCheckHealth(t *testing.T) {
	check := func(t *testing.T, p *runningPlugin, headers map[string]string) *backend.CheckHealthResult {
		response, err := p.diagnostics.CheckHealth(t.Context(), &pluginv2.CheckHealthRequest{
			PluginContext: backend.ToProto().PluginContext(pluginContext(`{}`, nil)), Headers: headers,
		})
		must(t, err)
		return backend.FromProto().CheckHealthResponse(response)
	}
	t.Run("the product", func(t *testing.T) {
		result := check(t, start(t, productPath(t)), nil)
		equal(t, "status", result.Status, backend.HealthStatusError)
		if result.Message == "" {
			t.Error("no message")
		}
	})
	probe := start(t, probePath(t))
	t.Run("fine", func(t *testing.T) {
		result := check(t, probe, nil)
		equal(t, "status", result.Status, backend.HealthStatusOk)
		equal(t, "details", string(result.JSONDetails), `{"verboseMessage":"very"}`)
	})
	t.Run("thrown", func(t *testing.T) {
		result := check(t, probe, map[string]string{"action": "throw:access-denied"})
		equal(t, "status", result.Status, backend.HealthStatusError)
		equal(t, "message", result.Message, "cannot do it: on purpose")
	})
}

func TestMetrics(t *testing.T) {
	p := start(t, productPath(t))
	p.query(t.Context(), t, pluginContext(`{}`, nil), map[string]string{"A": `{}`})
	response, err := p.diagnostics.CollectMetrics(t.Context(), &pluginv2.CollectMetricsRequest{})
	must(t, err)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(response.Metrics.Prometheus))
	must(t, err)
	for _, name := range []string{"vpcflow_process_resident_memory_bytes", "vpcflow_calls_total", "vpcflow_call_duration_seconds"} {
		if families[name] == nil {
			t.Errorf("no %s among %d", name, len(families))
		}
	}
	for name := range families {
		if !strings.HasPrefix(name, "vpcflow_") {
			t.Errorf("%s could be anybody's", name)
		}
	}
	for _, metric := range families["vpcflow_calls_total"].GetMetric() {
		if labels := fmt.Sprint(metric.GetLabel()); strings.Contains(labels, "queryData") {
			equal(t, "queries counted", metric.GetCounter().GetValue(), 1)
		}
	}
}

func TestNotServed(t *testing.T) {
	p := start(t, productPath(t))
	_, err := p.stream.SubscribeStream(t.Context(), &pluginv2.SubscribeStreamRequest{Path: "x"})
	equal(t, "SubscribeStream", grpcstatus.Code(err), codes.Unimplemented)
	_, err = p.admission.ValidateAdmission(t.Context(), &pluginv2.AdmissionRequest{})
	equal(t, "ValidateAdmission", grpcstatus.Code(err), codes.Unimplemented)
	chunks, err := p.data.QueryChunkedData(t.Context(), &pluginv2.QueryChunkedDataRequest{})
	must(t, err)
	_, err = chunks.Recv()
	equal(t, "QueryChunkedData", grpcstatus.Code(err), codes.Unimplemented)
}

// Every field that Grafana can send, written by Go and read back.
func TestRequestsArriveWhole(t *testing.T) {
	p := start(t, probePath(t))
	request := &pluginv2.CallResourceRequest{
		Path: "echo", Method: "POST", Url: "echo?a=ü",
		Headers: map[string]*pluginv2.StringList{"X-A": {Values: []string{"1", "", "2"}}, "__proto__": {Values: []string{"p"}}, "X-None": {}},
		Body:    []byte("body"),
		PluginContext: &pluginv2.PluginContext{
			OrgId: 1 << 52, PluginId: pluginID, PluginVersion: "1.2.3", UserAgent: "Grafana/12.4.0 (linux; amd64)", ApiVersion: "v0",
			User: &pluginv2.User{Login: "l", Name: "ñ", Email: "e", Role: "Viewer"},
			AppInstanceSettings: &pluginv2.AppInstanceSettings{
				JsonData: []byte("{}"), DecryptedSecureJsonData: map[string]string{"k": "v"}, LastUpdatedMS: 5, ApiVersion: "a",
			},
			DataSourceInstanceSettings: &pluginv2.DataSourceInstanceSettings{
				Id: -3, Uid: "uid", Name: "name", Url: "url", User: "user", Database: "db", BasicAuthEnabled: true, BasicAuthUser: "bu",
				JsonData: []byte(`{"a":1}`), DecryptedSecureJsonData: map[string]string{"secretKey": "s", "__proto__": "x"},
				LastUpdatedMS: 1_700_000_000_001, ApiVersion: "v1",
			},
			GrafanaConfig: map[string]string{"GF_VERSION": "12.4.0", "constructor": "", "": "empty"},
		},
	}
	answer := p.get(t.Context(), t, request)
	equal(t, "status", answer.status, 200)
	equal(t, "headers", fmt.Sprint(answer.headers), "map[X-Probe:[a b]]")
	want := `{
		"pluginContext": {
			"orgId": 4503599627370496, "pluginId": "` + pluginID + `",
			"user": {"login": "l", "name": "ñ", "email": "e", "role": "Viewer"},
			"appInstanceSettings": {"jsonData": "{}", "decryptedSecureJsonData": [["k", "v"]], "lastUpdatedMs": 5, "apiVersion": "a"},
			"dataSourceInstanceSettings": {
				"id": -3, "name": "name", "url": "url", "user": "user", "database": "db", "basicAuthEnabled": true, "basicAuthUser": "bu",
				"jsonData": "{\"a\":1}", "decryptedSecureJsonData": [["__proto__", "x"], ["secretKey", "s"]],
				"lastUpdatedMs": 1700000000001, "uid": "uid", "apiVersion": "v1"
			},
			"grafanaConfig": [["", "empty"], ["GF_VERSION", "12.4.0"], ["constructor", ""]],
			"pluginVersion": "1.2.3", "userAgent": "Grafana/12.4.0 (linux; amd64)", "apiVersion": "v0", "namespace": ""
		},
		"path": "echo", "method": "POST", "url": "echo?a=ü",
		"headers": [["X-A", ["1", "", "2"]], ["X-None", []], ["__proto__", ["p"]]],
		"body": "body"
	}`
	var gotValue, wantValue any
	must(t, json.Unmarshal(answer.body, &gotValue))
	must(t, json.Unmarshal([]byte(want), &wantValue))
	equal(t, "request", fmt.Sprint(gotValue), fmt.Sprint(wantValue))
}

func TestSizes(t *testing.T) {
	p := start(t, probePath(t))
	ofSize := func(sizeBytes int) *pluginv2.QueryDataRequest {
		request := queryRequest(map[string]string{"A": `{}`})
		request.Headers = map[string]string{"x": ""}
		for proto.Size(request) != sizeBytes {
			request.Headers["x"] += strings.Repeat("x", max(1, sizeBytes-proto.Size(request)-8))
		}
		return request
	}
	t.Run("16 MiB to the plugin", func(t *testing.T) {
		_, err := p.data.QueryData(t.Context(), ofSize(receiveLimitBytes))
		must(t, err)
	})
	t.Run("a byte more", func(t *testing.T) {
		_, err := p.data.QueryData(t.Context(), ofSize(receiveLimitBytes+1))
		equal(t, "code", grpcstatus.Code(err), codes.ResourceExhausted)
	})
	t.Run("100 MiB from the plugin", func(t *testing.T) {
		response, err := p.data.QueryData(t.Context(), queryRequest(map[string]string{"A": `{"bytes":104857600}`}))
		must(t, err)
		frame := response.Responses["A"].Frames[0]
		equal(t, "bytes", len(frame), 100<<20)
		equal(t, "last byte", frame[len(frame)-1], 7)
	})
	t.Run("a resource in pieces", func(t *testing.T) {
		answer := p.get(t.Context(), t, path("chunks/40/1048576"))
		must(t, answer.err)
		equal(t, "status", answer.status, 206)
		equal(t, "pieces", answer.pieces, 41)
		equal(t, "bytes", len(answer.body), 40<<20)
		for index := range 40 {
			equal(t, "byte of a piece", int(answer.body[index<<20+17]), index)
		}
	})
	t.Run("a resource in one piece", func(t *testing.T) {
		answer := p.get(t.Context(), t, path("chunks/1/33554432"))
		must(t, answer.err)
		equal(t, "bytes", len(answer.body), 32<<20)
	})
	// On a connection that is used for the first time the client measures its speed; see src/plugin/steady-connection.ts.
	t.Run("in pieces on a new connection", func(t *testing.T) {
		for range 8 {
			fresh := start(t, probePath(t))
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			answer := fresh.get(ctx, t, path("chunks/30/1048576"))
			cancel()
			must(t, answer.err)
			equal(t, "bytes", len(answer.body), 30<<20)
		}
	})
	t.Run("many at once", func(t *testing.T) {
		var group sync.WaitGroup
		for range 64 {
			group.Go(func() {
				response, err := p.data.QueryData(context.Background(), queryRequest(map[string]string{"A": `{"bytes":1000000}`, "B": ``}))
				if err != nil || len(response.Responses["A"].GetFrames()) != 1 {
					t.Errorf("%v", err)
				}
			})
		}
		group.Wait()
	})
}

func TestErrors(t *testing.T) {
	p := start(t, probePath(t))
	for _, test := range []struct {
		action   string
		code     codes.Code
		source   backend.ErrorSource
		resource int
	}{
		{"throw:bad-query", codes.Unknown, backend.ErrorSourceDownstream, 400},
		{"throw:access-denied", codes.Unknown, backend.ErrorSourceDownstream, 403},
		{"throw:throttled", codes.Unknown, backend.ErrorSourceDownstream, 429},
		{"throw:unavailable", codes.Unavailable, backend.ErrorSourceDownstream, 502},
		{"throw:internal", codes.Unknown, backend.ErrorSourcePlugin, 500},
		{"throw:text", codes.Unknown, backend.ErrorSourcePlugin, 500},
		{"bug", codes.Unknown, backend.ErrorSourcePlugin, 500},
	} {
		t.Run(test.action, func(t *testing.T) {
			_, err := p.data.QueryData(t.Context(), queryRequest(map[string]string{"A": fmt.Sprintf(`{"action":%q}`, test.action)}))
			equal(t, "code", grpcstatus.Code(err), test.code)
			source, ok := backend.ErrorSourceFromGrpcStatusError(status.InitSource(t.Context()), err)
			equal(t, "source said", ok, true)
			equal(t, "source", source, test.source)

			answer := p.get(t.Context(), t, path(test.action))
			must(t, answer.err)
			equal(t, "status", answer.status, test.resource)
			var body struct{ Message string }
			must(t, json.Unmarshal(answer.body, &body))
			if body.Message == "" {
				t.Error("no message")
			}
		})
	}
	t.Run("after the first piece", func(t *testing.T) {
		answer := p.get(t.Context(), t, path("break"))
		equal(t, "status", answer.status, 200)
		equal(t, "body", string(answer.body), "first")
		equal(t, "code", grpcstatus.Code(answer.err), codes.Unknown)
	})
	// Grafana's HTTP server panics on such statuses.
	for _, wish := range []string{"nothing", "status/0", "status/99", "status/1000", "status/x"} {
		t.Run(wish, func(t *testing.T) {
			answer := p.get(t.Context(), t, path(wish))
			must(t, answer.err)
			equal(t, "status", answer.status, 500)
		})
	}
	t.Run("a message that is none", func(t *testing.T) {
		err := p.connection().Invoke(t.Context(), "/pluginv2.Data/QueryData", []byte{0x0a, 0xff, 0x01}, &[]byte{}, grpc.ForceCodec(rawCodec{}))
		equal(t, "code", grpcstatus.Code(err), codes.Internal)
	})
	must(t, p.protocol.Ping())
}

// rawCodec sends bytes as they are.
type rawCodec struct{}

func (rawCodec) Marshal(v any) ([]byte, error)      { return v.([]byte), nil }
func (rawCodec) Unmarshal(data []byte, v any) error { *v.(*[]byte) = data; return nil }
func (rawCodec) Name() string                       { return "proto" }

func TestCancellation(t *testing.T) {
	t.Run("of a query", func(t *testing.T) {
		p := start(t, probePath(t))
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			_, err := p.data.QueryData(ctx, queryRequest(map[string]string{"A": `{"action":"wait"}`}))
			failed <- err
		}()
		p.log.await(t, "waiting")
		cancel()
		equal(t, "code", grpcstatus.Code(<-failed), codes.Canceled)
		equal(t, "aborted", fmt.Sprint(p.log.await(t, "stopped waiting").fields["aborted"]), "true")
		equal(t, "outcome", fmt.Sprint(p.log.await(t, "call ended").fields["outcome"]), "CANCELLED")
	})
	t.Run("by a deadline", func(t *testing.T) {
		p := start(t, probePath(t))
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err := p.data.QueryData(ctx, queryRequest(map[string]string{"A": `{"action":"wait"}`}))
		equal(t, "code", grpcstatus.Code(err), codes.DeadlineExceeded)
		p.log.await(t, "stopped waiting")
	})
	t.Run("of a resource", func(t *testing.T) {
		p := start(t, probePath(t))
		ctx, cancel := context.WithCancel(t.Context())
		stream, err := p.resource.CallResource(ctx, path("hang"))
		must(t, err)
		// The first piece comes while the handler still runs.
		piece, err := stream.Recv()
		must(t, err)
		equal(t, "first piece", string(piece.Body), "first")
		cancel()
		_, err = stream.Recv()
		equal(t, "code", grpcstatus.Code(err), codes.Canceled)
		p.log.await(t, "stopped waiting")
	})
	t.Run("of a resource that nobody reads", func(t *testing.T) {
		p := start(t, probePath(t))
		ctx, cancel := context.WithCancel(t.Context())
		stream, err := p.resource.CallResource(ctx, path("chunks/4000/1048576"))
		must(t, err)
		_, err = stream.Recv()
		must(t, err)
		// The plugin waits for its reader: of 4 GB little is in its memory.
		for range 10 {
			time.Sleep(100 * time.Millisecond)
			_, err = stream.Recv()
			must(t, err)
		}
		if resident := residentBytes(t, p.process.Pid); resident > 600<<20 {
			t.Errorf("%d MiB in memory", resident>>20)
		}
		cancel()
		equal(t, "outcome", fmt.Sprint(p.log.await(t, "call ended").fields["outcome"]), "CANCELLED")
	})
}

// residentBytes is the memory of a process; 0 where that cannot be read.
func residentBytes(t *testing.T, pid int) int {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	pages, err := strconv.Atoi(strings.Fields(string(stat))[1])
	must(t, err)
	return pages * os.Getpagesize()
}

func TestLostConnection(t *testing.T) {
	p := start(t, probePath(t))
	go func() {
		_, _ = p.data.QueryData(context.Background(), queryRequest(map[string]string{"A": `{"action":"wait"}`}))
	}()
	p.log.await(t, "waiting")
	must(t, p.connection().Close())
	p.log.await(t, "stopped waiting")
}
