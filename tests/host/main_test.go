// Package host starts the built executable as Grafana does, with Grafana's own SDK and plugin host, and asks it what
// Grafana asks. `npm run test:host` builds what is needed and runs it.
package host

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

const pluginID = "vpcflow-flowlogs-datasource"

// hostVariable makes the test's own executable a host that starts a plugin and waits to be killed.
const hostVariable = "HOST_OF"

func TestMain(m *testing.M) {
	if executable := os.Getenv(hostVariable); executable != "" {
		runHost(executable)
		return
	}
	os.Exit(m.Run())
}

// productPath is the executable of this project.
func productPath(t testing.TB) string {
	return builtFile(t, filepath.Join("..", "..", "dist", fmt.Sprintf("gpx_vpcflow_%s_%s", runtime.GOOS, runtime.GOARCH)))
}

// probePath is the executable of probe-plugin.ts.
func probePath(t testing.TB) string {
	return builtFile(t, filepath.Join("dist", "probe-plugin"))
}

func builtFile(t testing.TB, path string) string {
	t.Helper()
	absolute, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(absolute); err != nil {
		t.Fatalf("%v: build it by npm run test:host", err)
	}
	return absolute
}

// logLine is a line of the plugin's log as the host has understood it.
type logLine struct {
	level   hclog.Level
	message string
	fields  map[string]any
}

// logSink collects what the host has understood of the plugin's standard error.
type logSink struct {
	mutex sync.Mutex
	lines []logLine
}

func (s *logSink) Accept(_ string, level hclog.Level, message string, args ...interface{}) {
	fields := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		fields[fmt.Sprint(args[i])] = args[i+1]
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.lines = append(s.lines, logLine{level, message, fields})
}

func (s *logSink) find(message string) (logLine, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, line := range s.lines {
		if line.message == message || (strings.HasSuffix(message, "*") && strings.HasPrefix(line.message, message[:len(message)-1])) {
			return line, true
		}
	}
	return logLine{}, false
}

// await waits for a line; its message may end in *.
func (s *logSink) await(t testing.TB, message string) logLine {
	t.Helper()
	var found logLine
	eventually(t, "log line "+message, func() (ok bool) {
		found, ok = s.find(message)
		return ok
	})
	return found
}

// dump prints the whole log of a test that failed.
func (s *logSink) dump(t testing.TB) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, line := range s.lines {
		t.Logf("%s %.200s %.400v", line.level, line.message, line.fields)
	}
}

// runningPlugin is a plugin under Grafana's plugin host.
type runningPlugin struct {
	client      *plugin.Client
	protocol    plugin.ClientProtocol
	process     *os.Process
	log         *logSink
	startTook   time.Duration
	socketPath  string
	data        grpcplugin.DataClient
	resource    grpcplugin.ResourceClient
	diagnostics grpcplugin.DiagnosticsClient
	stream      grpcplugin.StreamClient
	admission   grpcplugin.AdmissionClient
}

// newClient is the plugin host with the settings that Grafana gives it: an environment of almost nothing.
func newClient(executable string, sink *logSink, env ...string) (*plugin.Client, *exec.Cmd) {
	logger := hclog.NewInterceptLogger(&hclog.LoggerOptions{Level: hclog.Trace, Output: discard{}})
	logger.RegisterSink(sink)
	command := exec.Command(executable)
	command.Env = append([]string{"GF_VERSION=12.4.0"}, env...)
	return plugin.NewClient(&plugin.ClientConfig{
		Cmd: command,
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  grpcplugin.ProtocolVersion,
			MagicCookieKey:   grpcplugin.MagicCookieKey,
			MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{grpcplugin.ProtocolVersion: {
			"data":        &grpcplugin.DataGRPCPlugin{},
			"resource":    &grpcplugin.ResourceGRPCPlugin{},
			"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
			"stream":      &grpcplugin.StreamGRPCPlugin{},
			"admission":   &grpcplugin.AdmissionGRPCPlugin{},
		}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		SkipHostEnv:      true,
		Logger:           logger,
	}), command
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// start starts an executable as Grafana does. The test ends it.
func start(t testing.TB, executable string, env ...string) *runningPlugin {
	t.Helper()
	sink := &logSink{}
	client, command := newClient(executable, sink, env...)
	t.Cleanup(func() {
		client.Kill()
		if t.Failed() {
			sink.dump(t)
		}
	})
	began := time.Now()
	protocol, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	running := &runningPlugin{client: client, protocol: protocol, log: sink, startTook: time.Since(began)}
	running.process = command.Process
	running.socketPath = client.ReattachConfig().Addr.String()
	running.data = dispense[grpcplugin.DataClient](t, protocol, "data")
	running.resource = dispense[grpcplugin.ResourceClient](t, protocol, "resource")
	running.diagnostics = dispense[grpcplugin.DiagnosticsClient](t, protocol, "diagnostics")
	running.stream = dispense[grpcplugin.StreamClient](t, protocol, "stream")
	running.admission = dispense[grpcplugin.AdmissionClient](t, protocol, "admission")
	return running
}

// connection is the host's own connection, for calls that the SDK has no client for.
func (p *runningPlugin) connection() *grpc.ClientConn {
	return p.protocol.(*plugin.GRPCClient).Conn
}

func dispense[T any](t testing.TB, protocol plugin.ClientProtocol, name string) T {
	t.Helper()
	raw, err := protocol.Dispense(name)
	if err != nil {
		t.Fatal(err)
	}
	typed, ok := raw.(T)
	if !ok {
		t.Fatalf("%s is a %T", name, raw)
	}
	return typed
}

// pluginContext is what Grafana sends with a call for a data source with these settings.
func pluginContext(jsonData string, secure map[string]string) backend.PluginContext {
	return backend.PluginContext{
		OrgID:    1,
		PluginID: pluginID,
		User:     &backend.User{Login: "admin", Name: "A", Email: "a@example.com", Role: "Admin"},
		DataSourceInstanceSettings: &backend.DataSourceInstanceSettings{
			ID: 7, UID: "abc", Name: "Flow logs", Type: pluginID, JSONData: []byte(jsonData),
			DecryptedSecureJSONData: secure, Updated: time.UnixMilli(1_700_000_000_001),
		},
	}
}

// query asks queries and converts the answer with the SDK, which decodes every frame. The JSON of each query is under its
// refId.
func (p *runningPlugin) query(ctx context.Context, t testing.TB, context backend.PluginContext, queries map[string]string) backend.Responses {
	t.Helper()
	now := time.UnixMilli(1_700_000_000_000)
	request := &backend.QueryDataRequest{PluginContext: context}
	for refID, json := range queries {
		request.Queries = append(request.Queries, backend.DataQuery{
			RefID: refID, MaxDataPoints: 1000, Interval: time.Minute, JSON: []byte(json),
			TimeRange: backend.TimeRange{From: now.Add(-time.Hour), To: now},
		})
	}
	response, err := p.data.QueryData(ctx, backend.ToProto().QueryDataRequest(request))
	if err != nil {
		t.Fatal(err)
	}
	converted, err := backend.FromProto().QueryDataResponse(response)
	if err != nil {
		t.Fatal(err)
	}
	return converted.Responses
}

// resourceAnswer is a resource call's whole answer.
type resourceAnswer struct {
	status  int
	headers map[string][]string
	body    []byte
	pieces  int
	err     error
}

// get calls a resource and reads its answer to the end.
func (p *runningPlugin) get(ctx context.Context, t testing.TB, request *pluginv2.CallResourceRequest) resourceAnswer {
	t.Helper()
	stream, err := p.resource.CallResource(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	var answer resourceAnswer
	for {
		proto, err := stream.Recv()
		if err != nil {
			if err.Error() != "EOF" {
				answer.err = err
			}
			return answer
		}
		piece := backend.FromProto().CallResourceResponse(proto)
		if answer.pieces == 0 {
			answer.status, answer.headers = piece.Status, piece.Headers
		}
		answer.body = append(answer.body, piece.Body...)
		answer.pieces++
	}
}

func path(path string) *pluginv2.CallResourceRequest {
	return &pluginv2.CallResourceRequest{Path: path, Method: "GET", Url: path}
}

// eventually waits for something that must come, however slow the machine.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("never came: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
