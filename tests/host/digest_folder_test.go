package host

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// A plugin that is started again answers from the folder of digests: the objects that it would read are unreadable by then,
// but of the same size and time.
func TestDigestsOutliveThePlugin(t *testing.T) {
	root := t.TempDir()
	must(t, os.CopyFS(filepath.Join(root, "logs"), os.DirFS(filepath.Join(logsFolder(t), "demo"))))
	env := []string{"GF_PLUGIN_LOCAL_ROOT=" + root, "GF_PLUGIN_DIGEST_CACHE_DIR=" + filepath.Join(root, "digests")}
	context := pluginContext(`{"sources":[{"name":"demo","location":"logs"}]}`, nil)
	queries := []string{`{"view":"graph"}`, `{"view":"table","keys":["srcaddr","action"],"top":10}`}
	answers := func(p *runningPlugin) (frames []string) {
		for _, query := range queries {
			for _, frame := range p.framesOf(t, asked{context: context}, query) {
				// How much was read, and how long that took, is in the metadata.
				frame.Meta = nil
				json, err := data.FrameToJSON(frame, data.IncludeAll)
				must(t, err)
				frames = append(frames, string(json))
			}
		}
		return frames
	}

	first := start(t, productPath(t), env...)
	before := answers(first)
	read := first.metric(t, "vpcflow_scan_objects_total", "from", "store")
	if read == 0 {
		t.Fatal("no object was read")
	}
	eventually(t, "all digests in the folder", func() bool {
		return first.metric(t, "vpcflow_digest_cache_entries", "level", "disk") == read
	})
	first.client.Kill()

	must(t, filepath.WalkDir(filepath.Join(root, "logs"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		must(t, err)
		must(t, os.WriteFile(path, make([]byte, info.Size()), 0o600))
		return os.Chtimes(path, info.ModTime(), info.ModTime())
	}))
	again := start(t, productPath(t), env...)
	equal(t, "answers", strings.Join(answers(again), "\n"), strings.Join(before, "\n"))
	equal(t, "objects read", again.metric(t, "vpcflow_scan_objects_total", "from", "store"), 0)
	equal(t, "digests found", again.metric(t, "vpcflow_digest_cache_hits", "level", "disk"), read)
}

// A folder inside of the plugin's own is refused, which only the health check and the log say.
func TestDigestsInThePluginsFolderAreRefused(t *testing.T) {
	folder := filepath.Join(filepath.Dir(productPath(t)), "digests")
	p := start(t, productPath(t), "GF_PLUGIN_LOCAL_ROOT="+logsFolder(t), "GF_PLUGIN_DIGEST_CACHE_DIR="+folder)
	p.log.await(t, "digests are not kept on disk")
	context := pluginContext(`{"sources":[{"name":"demo","location":"demo"}]}`, nil)
	p.framesOf(t, asked{context: context}, `{"view":"stat"}`)
	response, err := p.diagnostics.CheckHealth(t.Context(), &pluginv2.CheckHealthRequest{PluginContext: backend.ToProto().PluginContext(context)})
	must(t, err)
	equal(t, "status", response.Status, pluginv2.CheckHealthResponse_OK)
	if !strings.Contains(response.Message, "in the folder of the plugin") {
		t.Errorf("the health check says %q", response.Message)
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("%s is there: %v", folder, err)
	}
}

// metric is the value of a metric with this label; 0 if it is not there.
func (p *runningPlugin) metric(t testing.TB, name, label, value string) float64 {
	t.Helper()
	response, err := p.diagnostics.CollectMetrics(t.Context(), &pluginv2.CollectMetricsRequest{})
	must(t, err)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(response.Metrics.Prometheus)))
	must(t, err)
	for _, metric := range families[name].GetMetric() {
		for _, pair := range metric.GetLabel() {
			if pair.GetName() == label && pair.GetValue() == value {
				return metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			}
		}
	}
	t.Logf("%s{%s=%q} is not there", name, label, value)
	return 0
}
