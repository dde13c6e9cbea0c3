package host

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/dataplane/sdata/numeric"
	"github.com/grafana/dataplane/sdata/reader"
	"github.com/grafana/dataplane/sdata/timeseries"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
)

// logsVariable names the folder of made-up logs: an hour of the demo's estate in demo, and in flat so many different flows
// that an answer is large. run.ts makes them.
const logsVariable = "HOST_LOGS"

// The hour that the logs are of.
var (
	logsFrom = time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC)
	logsTo   = logsFrom.Add(time.Hour)
)

// A filter that no record passes.
const nothing = "bytes > 1000000000000"

// everyRecord makes sums those of the lines, read as plainly as can be.
const everyRecord = `"counting":"as-logged"`

const allFlows = `"keys":["version","account-id","interface-id","srcaddr","dstaddr","srcport","dstport","protocol","action","log-status"]`

func logsFolder(t testing.TB) string {
	t.Helper()
	folder := os.Getenv(logsVariable)
	if folder == "" {
		t.Fatalf("%s is not set: run the tests by npm run test:host", logsVariable)
	}
	return folder
}

// startOverLogs starts the product as an administrator sets it up for the folder; both sources are of one data source.
func startOverLogs(t testing.TB) (*runningPlugin, backend.PluginContext) {
	t.Helper()
	p := start(t, productPath(t), "GF_PLUGIN_LOCAL_ROOT="+logsFolder(t))
	return p, pluginContext(`{"sources":[{"name":"demo","location":"demo"},{"name":"flat","location":"flat"}]}`, nil)
}

// asked is a call of Grafana's.
type asked struct {
	context backend.PluginContext
	headers map[string]string
	// The time range of all queries; the hour of the logs if not given.
	from, to time.Time
	// JSON by refId. Those without sources ask the demo.
	queries map[string]string
}

func (a asked) request() *pluginv2.QueryDataRequest {
	if a.from.IsZero() {
		a.from, a.to = logsFrom, logsTo
	}
	request := &backend.QueryDataRequest{PluginContext: a.context, Headers: a.headers}
	for refID, json := range a.queries {
		if strings.HasPrefix(json, `{"`) && !strings.Contains(json, `"sources"`) {
			json = `{"sources":["demo"],` + json[1:]
		}
		request.Queries = append(request.Queries, backend.DataQuery{
			RefID: refID, MaxDataPoints: 1000, Interval: time.Minute, JSON: []byte(json),
			TimeRange: backend.TimeRange{From: a.from, To: a.to},
		})
	}
	return backend.ToProto().QueryDataRequest(request)
}

// tryAsk asks, and decodes the answer as Grafana does.
func (p *runningPlugin) tryAsk(ctx context.Context, a asked) (backend.Responses, error) {
	response, err := p.data.QueryData(ctx, a.request())
	if err != nil {
		return nil, err
	}
	converted, err := backend.FromProto().QueryDataResponse(response)
	if err != nil {
		return nil, err
	}
	return converted.Responses, nil
}

func (p *runningPlugin) ask(t testing.TB, a asked) backend.Responses {
	t.Helper()
	responses, err := p.tryAsk(t.Context(), a)
	must(t, err)
	return responses
}

// framesOf asks one query, which must be answered, and whose frames must know it.
func (p *runningPlugin) framesOf(t testing.TB, a asked, json string) data.Frames {
	t.Helper()
	a.queries = map[string]string{"A": json}
	response := p.ask(t, a)["A"]
	if response.Error != nil || response.Status != backend.StatusOK {
		t.Fatalf("%s: status %d, %v", json, response.Status, response.Error)
	}
	for _, frame := range response.Frames {
		equal(t, "refId", frame.RefID, "A")
	}
	return response.Frames
}

// counted is what records add up to.
type counted struct {
	flows, bytes, packets float64
	rejects               float64
}

// countRecords reads a folder's objects as plainly as can be: records of the hour with traffic.
func countRecords(t testing.TB, folder string) counted {
	t.Helper()
	var sum counted
	must(t, filepath.WalkDir(filepath.Join(logsFolder(t), folder), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.Open(path)
		must(t, err)
		defer file.Close()
		text, err := gzip.NewReader(file)
		must(t, err)
		lines := bufio.NewScanner(text)
		lines.Scan()
		columns := strings.Fields(lines.Text())
		for lines.Scan() {
			cells := strings.Fields(lines.Text())
			cell := func(name string) string { return cells[slices.Index(columns, name)] }
			number := func(name string) float64 {
				value, err := strconv.ParseFloat(cell(name), 64)
				must(t, err)
				return value
			}
			if cell("log-status") != "OK" || number("start") < float64(logsFrom.Unix()) || number("start") >= float64(logsTo.Unix()) {
				continue
			}
			sum.flows++
			sum.bytes += number("bytes")
			sum.packets += number("packets")
			if cell("action") == "REJECT" {
				sum.rejects++
			}
		}
		return lines.Err()
	}))
	if sum.flows == 0 {
		t.Fatalf("no records in %s", folder)
	}
	return sum
}

// field is the field of that name, which must be of that type.
func field(t testing.TB, frame *data.Frame, name string, want data.FieldType) *data.Field {
	t.Helper()
	found, _ := frame.FieldByName(name)
	if found == nil {
		t.Fatalf("frame %s has no field %s", frame.Name, name)
	}
	equal(t, "type of "+name, found.Type(), want)
	return found
}

// sum adds up a field of numbers.
func sum(t testing.TB, field *data.Field) float64 {
	t.Helper()
	var sum float64
	for row := range field.Len() {
		value, err := field.FloatAt(row)
		must(t, err)
		sum += value
	}
	return sum
}

// texts are the values of a field of texts, - for null.
func texts(field *data.Field) []string {
	values := make([]string, field.Len())
	for row := range values {
		values[row] = "-"
		if value, ok := field.ConcreteAt(row); ok {
			values[row] = value.(string)
		}
	}
	return values
}

func shapeOf(frame *data.Frame) string {
	var shape []string
	for _, field := range frame.Fields {
		shape = append(shape, field.Name+" "+field.Type().String())
	}
	return strings.Join(shape, ", ")
}

func assertType(t testing.TB, frame *data.Frame, want data.FrameType) {
	t.Helper()
	equal(t, "type", frame.Meta.Type, want)
	equal(t, "version of the type", frame.Meta.TypeVersion, data.FrameTypeVersion{0, 1})
}

func TestViews(t *testing.T) {
	p, context := startOverLogs(t)
	a := asked{context: context}
	want := countRecords(t, "demo")
	t.Logf("%v records", want.flows)

	t.Run("table", func(t *testing.T) {
		frames := p.framesOf(t, a, `{"view":"table","top":5,`+everyRecord+`}`)
		equal(t, "frames", len(frames), 1)
		frame := frames[0]
		equal(t, "name", frame.Name, "table")
		equal(t, "shape", shapeOf(frame), "srcaddr []*string, dstaddr []*string, port []*string, protocol []*string, action []*string, "+
			"bytes []float64, packets []float64, flows []float64, start []*time.Time, end []*time.Time")
		equal(t, "rows", frame.Rows(), 6)
		equal(t, "shown as", frame.Meta.PreferredVisualization, data.VisTypeTable)
		equal(t, "unit", field(t, frame, "bytes", data.FieldTypeFloat64).Config.Unit, "decbytes")
		equal(t, "filterable", *field(t, frame, "srcaddr", data.FieldTypeNullableString).Config.Filterable, true)
		if first := texts(frame.Fields[0])[5]; !strings.HasPrefix(first, "Other (") {
			t.Errorf("last row: %s", first)
		}
		equal(t, "bytes", sum(t, frame.Fields[5]), want.bytes)
		equal(t, "packets", sum(t, frame.Fields[6]), want.packets)
		equal(t, "flows", sum(t, frame.Fields[7]), want.flows)
		if start, ok := frame.Fields[8].ConcreteAt(0); !ok || start.(time.Time).Before(logsFrom) || !start.(time.Time).Before(logsTo) {
			t.Errorf("first start: %v", start)
		}
	})
	t.Run("table, digest and stat agree", func(t *testing.T) {
		stat := p.framesOf(t, a, `{"view":"stat","measures":["flows","bytes","packets"],`+everyRecord+`}`)
		equal(t, "frames", len(stat), 1)
		assertType(t, stat[0], data.FrameTypeNumericWide)
		equal(t, "shape", shapeOf(stat[0]), "flows []float64, bytes []float64, packets []float64")
		equal(t, "rows", stat[0].Rows(), 1)
		table := p.framesOf(t, a, `{"view":"table","top":10000,`+allFlows+`,"portRule":"as-logged"}`)[0]
		digest := p.framesOf(t, a, `{"view":"digest",`+allFlows+`,"portRule":"as-logged"}`)[0]
		// One more for *Other*, which makes the sums those of all.
		equal(t, "rows of table and digest", table.Rows(), min(digest.Rows(), 10_001))
		for name, total := range map[string]float64{"flows": want.flows, "bytes": want.bytes, "packets": want.packets} {
			equal(t, "stat: "+name, sum(t, field(t, stat[0], name, data.FieldTypeFloat64)), total)
			equal(t, "table: "+name, sum(t, field(t, table, name, data.FieldTypeFloat64)), total)
			equal(t, "digest: "+name, sum(t, field(t, digest, name, data.FieldTypeFloat64)), total)
		}
	})
	t.Run("series", func(t *testing.T) {
		frames := p.framesOf(t, a, `{"view":"series","measures":["flows"],"bucketSec":"$__interval",`+everyRecord+`}`)
		equal(t, "frames", len(frames), 1)
		frame := frames[0]
		assertType(t, frame, data.FrameTypeTimeSeriesWide)
		equal(t, "schema", frame.TimeSeriesSchema().Type, data.TimeSeriesTypeWide)
		equal(t, "rows", frame.Rows(), 60)
		for row := range frame.Rows() {
			equal(t, "time", frame.Fields[0].At(row).(time.Time).UTC(), logsFrom.Add(time.Duration(row)*time.Minute))
		}
		totals := map[string]float64{}
		for _, series := range frame.Fields[1:] {
			equal(t, "name", series.Name, "flows")
			equal(t, "colour mode", fmt.Sprint(series.Config.Color["mode"]), "fixed")
			totals[series.Labels["action"]] = sum(t, series)
		}
		equal(t, "totals", fmt.Sprint(totals), fmt.Sprint(map[string]float64{"ACCEPT": want.flows - want.rejects, "REJECT": want.rejects}))
	})
	t.Run("series with gaps", func(t *testing.T) {
		frame := p.framesOf(t, a, `{"view":"series","measures":["flows"],"keys":["interface-id","dstport"],"top":500,"fill":"null","bucketSec":60}`)[0]
		types := map[data.FieldType]bool{}
		for _, series := range frame.Fields[1:] {
			types[series.Type()] = true
		}
		equal(t, "types", len(types), 2)
	})
	t.Run("graph", func(t *testing.T) {
		frames := p.framesOf(t, a, `{"view":"graph","widthPx":1100,"heightPx":600}`)
		equal(t, "frames", len(frames), 2)
		nodes, edges := frames[0], frames[1]
		equal(t, "names", nodes.Name+" "+edges.Name, "nodes edges")
		ids := texts(field(t, nodes, "id", data.FieldTypeNullableString))
		if len(ids) < 5 || len(ids) > 200 || edges.Rows() < 5 {
			t.Errorf("%d nodes, %d edges", len(ids), edges.Rows())
		}
		for _, frame := range frames {
			equal(t, "shown as", frame.Meta.PreferredVisualization, data.VisTypeNodeGraph)
			if links := frame.Fields[0].Config.Links; len(links) == 0 || links[0].Internal == nil || links[0].Internal.DatasourceUID != "abc" {
				t.Errorf("links of %s: %v", frame.Name, links)
			}
		}
		for _, end := range []string{"source", "target"} {
			for _, id := range texts(field(t, edges, end, data.FieldTypeNullableString)) {
				if !slices.Contains(ids, id) {
					t.Errorf("%s is no node", id)
				}
			}
		}
		for _, name := range []string{"arc__accept", "arc__reject", "arc__none", "noderadius", "fixedx", "fixedy"} {
			field(t, nodes, name, data.FieldTypeFloat64)
		}
		hosts := p.framesOf(t, a, `{"view":"graph","nodes":"hosts","top":190}`)
		if hosts[0].Rows() <= nodes.Rows() {
			t.Errorf("%d hosts, %d groups", hosts[0].Rows(), nodes.Rows())
		}
	})
	t.Run("records", func(t *testing.T) {
		frames := p.framesOf(t, a, `{"view":"records","top":500,"filter":"action = REJECT"}`)
		equal(t, "frames", len(frames), 1)
		frame := frames[0]
		assertType(t, frame, data.FrameTypeLogLines)
		equal(t, "shown as", frame.Meta.PreferredVisualization, data.VisTypeLogs)
		equal(t, "shape", shapeOf(frame), "timestamp []time.Time, body []string, severity []string, id []string, labels []json.RawMessage")
		equal(t, "rows", frame.Rows(), 500)
		var labels map[string]string
		must(t, json.Unmarshal(frame.Fields[4].At(0).(json.RawMessage), &labels))
		equal(t, "action", labels["action"], "REJECT")
		equal(t, "severity", frame.Fields[2].At(0).(string), "warning")
	})
	t.Run("keys that have the name of another column", func(t *testing.T) {
		frame := p.framesOf(t, a, `{"view":"table","keys":["start","bytes"],"measures":["bytes"],"top":3}`)[0]
		equal(t, "shape", shapeOf(frame), "start []*string, bytes []*string, bytes []float64, start []*time.Time, end []*time.Time")
	})
	t.Run("nothing saved at all", func(t *testing.T) {
		a := a
		a.queries = map[string]string{"A": ``}
		equal(t, "name", p.ask(t, a)["A"].Frames[0].Name, "table")
	})
	t.Run("events", func(t *testing.T) {
		frames := p.framesOf(t, a, `{"view":"events","kind":"new","keys":["srcaddr"],"filter":"action = REJECT"}`)
		equal(t, "frames", len(frames), 1)
		frame := frames[0]
		equal(t, "shape", shapeOf(frame), "time []time.Time, timeEnd []*time.Time, title []string, text []string, tags []string, id []string")
		// In the middle of the hour somebody scans the estate's ports.
		said := strings.Join(append(texts(frame.Fields[2]), texts(frame.Fields[3])...), "\n")
		if !strings.Contains(said, "198.51.100.66") {
			t.Errorf("events: %s", said)
		}
	})
	t.Run("completeness", func(t *testing.T) {
		frames := p.framesOf(t, a, `{"view":"completeness"}`)
		equal(t, "frames", len(frames), 1)
		frame := frames[0]
		equal(t, "rows", frame.Rows(), 4)
		var objects float64
		for row := range frame.Rows() {
			count, ok := field(t, frame, "objects", data.FieldTypeNullableFloat64).ConcreteAt(row)
			equal(t, "known", ok, true)
			objects += count.(float64)
		}
		equal(t, "objects", objects, 48)
		newest, _ := field(t, frame, "newest", data.FieldTypeNullableTime).ConcreteAt(0)
		equal(t, "newest", newest.(time.Time).UTC(), logsTo.Add(-5*time.Minute))
	})
	for _, view := range []string{"table", "digest", "series", "stat", "graph", "records", "events"} {
		t.Run(view+" says how it came about", func(t *testing.T) {
			meta := p.framesOf(t, a, fmt.Sprintf(`{"view":%q}`, view))[0].Meta
			stats := map[string]float64{}
			for _, stat := range meta.Stats {
				stats[stat.DisplayName] = stat.Value
			}
			equal(t, "objects", stats["Objects"], 48)
			// Each flow once, unless every record is asked for.
			equal(t, "records", stats["Records counted"]+stats["Copies left out"], want.flows)
			equal(t, "copies", stats["Copies left out"] > 0, view != "digest" && view != "records")
			if !strings.Contains(meta.ExecutedQueryString, "to read: 48 objects") {
				t.Errorf("executed query: %s", meta.ExecutedQueryString)
			}
		})
	}
}

// numbersOf reads frames as Grafana's expressions do: by their declared type, nothing else.
func numbersOf(t testing.TB, frames data.Frames) numeric.Collection {
	t.Helper()
	kind, err := reader.CanReadBasedOnMeta(frames)
	must(t, err)
	equal(t, "kind", kind.Kind(), data.KindNumeric)
	collectionReader, err := numeric.CollectionReaderFromFrames(frames)
	must(t, err)
	collection, err := collectionReader.GetCollection(false)
	must(t, err)
	must(t, collection.Warning)
	distinct := map[string]bool{}
	for _, ref := range collection.Refs {
		_, isEmpty, err := ref.NullableFloat64Value()
		must(t, err)
		equal(t, "empty", isEmpty, false)
		distinct[ref.GetLabels().String()] = true
	}
	// The rule engine takes two results of one set of labels for an error.
	equal(t, "distinct labels", len(distinct), len(collection.Refs))
	return collection
}

func valueOf(t testing.TB, ref numeric.MetricRef) float64 {
	t.Helper()
	value, _, err := ref.NullableFloat64Value()
	must(t, err)
	return *value
}

// onlyValue is the value of a collection of one, which has no labels.
func onlyValue(t testing.TB, collection numeric.Collection) float64 {
	t.Helper()
	if len(collection.Refs) != 1 || len(collection.Refs[0].GetLabels()) > 0 {
		t.Fatalf("%d results: %v", len(collection.Refs), collection.Refs)
	}
	return valueOf(t, collection.Refs[0])
}

func seriesOf(t testing.TB, frames data.Frames) timeseries.Collection {
	t.Helper()
	kind, err := reader.CanReadBasedOnMeta(frames)
	must(t, err)
	equal(t, "kind", kind.Kind(), data.KindTimeSeries)
	collectionReader, err := timeseries.CollectionReaderFromFrames(frames)
	must(t, err)
	// With its checks: the time's type, its order, what is left over.
	collection, err := collectionReader.GetCollection(true)
	must(t, err)
	must(t, collection.Warning)
	equal(t, "left over", len(collection.RemainderIndices), 0)
	distinct := map[string]bool{}
	for _, ref := range collection.Refs {
		distinct[ref.GetLabels().String()] = true
	}
	equal(t, "distinct labels", len(distinct), len(collection.Refs))
	return collection
}

func TestFramesOfRules(t *testing.T) {
	p, context := startOverLogs(t)
	want := countRecords(t, "demo")
	for name, headers := range map[string]map[string]string{
		"rule":       {"FromAlert": "true", "http_X-Rule-Name": "r", "http_X-Grafana-From-Expr": "true"},
		"expression": {"http_X-Grafana-From-Expr": "true"},
	} {
		a := asked{context: context, headers: headers}
		before := a
		before.from, before.to = logsFrom.Add(-3*time.Hour), logsFrom.Add(-2*time.Hour)
		oneFrame := func(t *testing.T, a asked, json string) data.Frames {
			t.Helper()
			frames := p.framesOf(t, a, json)
			equal(t, "frames", len(frames), 1)
			return frames
		}

		t.Run(name+": table", func(t *testing.T) {
			const query = `{"view":"table","keys":["dstaddr","port"],"measures":["flows","bytes"],"top":10000,"filter":%q}`
			frames := oneFrame(t, a, fmt.Sprintf(query, "action = REJECT"))
			assertType(t, frames[0], data.FrameTypeNumericLong)
			equal(t, "shape", shapeOf(frames[0]), "dstaddr []string, port []string, flows []float64")
			var rejects float64
			for _, ref := range numbersOf(t, frames).Refs {
				equal(t, "labels", len(ref.GetLabels()), 2)
				rejects += valueOf(t, ref)
			}
			equal(t, "rejects", rejects, want.rejects)

			// Logs came and none was refused: a zero, so that the rule is normal.
			equal(t, "value", onlyValue(t, numbersOf(t, oneFrame(t, a, fmt.Sprintf(query, nothing)))), 0)
			// No logs came.
			equal(t, "no data", numbersOf(t, oneFrame(t, before, fmt.Sprintf(query, nothing))).NoData(), true)

			if name == "rule" {
				// What was refused in ten minutes is in the answer ten minutes later, as 0 if it has ended.
				earlier, later := a, a
				earlier.from, earlier.to = logsTo.Add(-20*time.Minute), logsTo.Add(-10*time.Minute)
				later.from, later.to = logsTo.Add(-10*time.Minute), logsTo
				values := map[string]float64{}
				for _, ref := range numbersOf(t, oneFrame(t, later, fmt.Sprintf(query, "action = REJECT"))).Refs {
					values[ref.GetLabels().String()] = valueOf(t, ref)
				}
				ended := 0
				for _, ref := range numbersOf(t, oneFrame(t, earlier, fmt.Sprintf(query, "action = REJECT"))).Refs {
					value, isThere := values[ref.GetLabels().String()]
					if !isThere && valueOf(t, ref) > 0 {
						t.Errorf("%v is absent", ref.GetLabels())
					}
					if isThere && value == 0 {
						ended++
					}
				}
				equal(t, "some have ended", ended > 0, true)
			}
		})
		t.Run(name+": stat", func(t *testing.T) {
			const query = `{"view":"stat","measures":["bytes","flows"],"filter":%q,` + everyRecord + `}`
			frames := oneFrame(t, a, fmt.Sprintf(query, ""))
			assertType(t, frames[0], data.FrameTypeNumericWide)
			equal(t, "bytes", onlyValue(t, numbersOf(t, frames)), want.bytes)
			equal(t, "quiet", onlyValue(t, numbersOf(t, oneFrame(t, a, fmt.Sprintf(query, nothing)))), 0)
			equal(t, "no data", numbersOf(t, oneFrame(t, before, fmt.Sprintf(query, ""))).NoData(), true)
		})
		t.Run(name+": series", func(t *testing.T) {
			const query = `{"view":"series","keys":["action"],"measures":["flows","bytes"],"bucketSec":300,"filter":%q,` + everyRecord + `}`
			frames := oneFrame(t, a, fmt.Sprintf(query, ""))
			assertType(t, frames[0], data.FrameTypeTimeSeriesWide)
			totals := map[string]float64{}
			for _, ref := range seriesOf(t, frames).Refs {
				length, err := ref.Len()
				must(t, err)
				equal(t, "points", length, 12)
				for point := range length {
					at, value, err := ref.NullableFloat64Point(point)
					must(t, err)
					equal(t, "time", at.UTC(), logsFrom.Add(time.Duration(point)*5*time.Minute))
					totals[ref.GetLabels()["action"]] += *value
				}
			}
			equal(t, "accepted and rejected", fmt.Sprint(totals["ACCEPT"], totals["REJECT"]), fmt.Sprint(want.flows-want.rejects, want.rejects))

			quiet := seriesOf(t, oneFrame(t, a, fmt.Sprintf(query, nothing)))
			if len(quiet.Refs) != 1 {
				t.Fatalf("%d results", len(quiet.Refs))
			}
			equal(t, "sum", sum(t, quiet.Refs[0].ValueField), 0)
			equal(t, "points", quiet.Refs[0].ValueField.Len(), 12)
			equal(t, "no data", seriesOf(t, oneFrame(t, before, fmt.Sprintf(query, ""))).NoData(), true)
		})
		t.Run(name+": events", func(t *testing.T) {
			// Every bucket but a constant one is above its others' mean.
			const query = `{"view":"events","kind":%q,"keys":["dstaddr","port"],"measures":["flows","bytes"],"bucketSec":300,"sigmas":0,"atLeast":1,"top":1000,"filter":%q}`
			for _, kind := range []string{"bursts", "new"} {
				frames := oneFrame(t, a, fmt.Sprintf(query, kind, ""))
				assertType(t, frames[0], data.FrameTypeNumericLong)
				equal(t, "shape", shapeOf(frames[0]), "dstaddr []string, port []string, flows []float64")
				numbers := numbersOf(t, frames)
				happening, over := 0, 0
				for _, ref := range numbers.Refs {
					equal(t, "labels", len(ref.GetLabels()), 2)
					if valueOf(t, ref) > 0 {
						happening++
					} else {
						over++
					}
				}
				if happening == 0 || over == 0 {
					t.Errorf("%s: %d of the last bucket, %d before it", kind, happening, over)
				}
				equal(t, "quiet", onlyValue(t, numbersOf(t, oneFrame(t, a, fmt.Sprintf(query, kind, nothing)))), 0)
				equal(t, "no data", numbersOf(t, oneFrame(t, before, fmt.Sprintf(query, kind, ""))).NoData(), true)
			}
		})
		t.Run(name+": completeness", func(t *testing.T) {
			frames := oneFrame(t, a, `{"view":"completeness"}`)
			assertType(t, frames[0], data.FrameTypeNumericLong)
			equal(t, "shape", shapeOf(frames[0]), "account []string, region []string, age []float64")
			numbers := numbersOf(t, frames)
			equal(t, "places", len(numbers.Refs), 3)
			for _, ref := range numbers.Refs {
				// From the newest object's stamp until now.
				if age, least := valueOf(t, ref), time.Since(logsTo).Seconds(); age < least || age > least+3600 {
					t.Errorf("age of %v: %v", ref.GetLabels(), age)
				}
			}
		})
		for _, view := range []string{"graph", "records", "digest"} {
			t.Run(name+": no "+view, func(t *testing.T) {
				a := a
				a.queries = map[string]string{"A": fmt.Sprintf(`{"view":%q}`, view)}
				response := p.ask(t, a)["A"]
				equal(t, "status", response.Status, backend.StatusBadRequest)
				equal(t, "source", response.ErrorSource, backend.ErrorSourceDownstream)
				if response.Error == nil || !strings.Contains(response.Error.Error(), "cannot use the view "+view) {
					t.Errorf("error: %v", response.Error)
				}
			})
		}
	}
	t.Run("rule: a variable", func(t *testing.T) {
		responses := p.ask(t, asked{context: context, headers: map[string]string{"FromAlert": "true"}, queries: map[string]string{"A": `{"filter":"dstport = $port"}`}})
		equal(t, "status", responses["A"].Status, backend.StatusBadRequest)
	})
}

func TestLargeAnswer(t *testing.T) {
	p, context := startOverLogs(t)
	want := countRecords(t, "flat")
	began := time.Now()
	frame := p.framesOf(t, asked{context: context}, `{"view":"digest","sources":["flat"],`+allFlows+`}`)[0]
	cells := frame.Rows() * len(frame.Fields)
	t.Logf("%d cells in %d ms", cells, time.Since(began).Milliseconds())
	if cells < 1_000_000 {
		t.Errorf("%d cells", cells)
	}
	equal(t, "flows", sum(t, field(t, frame, "flows", data.FieldTypeFloat64)), want.flows)
	equal(t, "bytes", sum(t, field(t, frame, "bytes", data.FieldTypeFloat64)), want.bytes)
}

func TestManyQueriesOfOneCall(t *testing.T) {
	p, context := startOverLogs(t)
	want := countRecords(t, "demo")
	queries := map[string]string{
		"__proto__": `{"view":"stat","measures":["flows"],"counting":"as-logged"}`,
		"broken":    `{]`,
		"unknown":   `{"view":"stat","sources":["elsewhere"]}`,
		"limited":   `{"view":"stat","limits":{"maxObjects":1}}`,
	}
	for index := range 30 {
		queries[fmt.Sprintf("Q%d", index)] = `{"view":"stat","measures":["flows"],"counting":"as-logged"}`
	}
	statuses := map[string]backend.Status{"broken": backend.StatusBadRequest, "unknown": backend.StatusBadRequest, "limited": 413}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			responses, err := p.tryAsk(t.Context(), asked{context: context, queries: queries})
			if err != nil {
				t.Error(err)
			}
			equal(t, "responses", len(responses), len(queries))
			for refID, response := range responses {
				if status, isBad := statuses[refID]; isBad {
					equal(t, "status of "+refID, response.Status, status)
					equal(t, "source of "+refID, response.ErrorSource, backend.ErrorSourceDownstream)
					equal(t, "error of "+refID, response.Error != nil, true)
					continue
				}
				equal(t, "status of "+refID, response.Status, backend.StatusOK)
				equal(t, "refId", response.Frames[0].RefID, refID)
				equal(t, "flows of "+refID, fmt.Sprint(response.Frames[0].Fields[0].At(0)), fmt.Sprint(want.flows))
			}
		})
	}
	group.Wait()
}

func TestCancellationOfScans(t *testing.T) {
	p, pluginContext := startOverLogs(t)
	// One after the other, and none like another: together they would take longer than anybody waits here.
	pluginContext.GrafanaConfig = backend.NewGrafanaCfg(map[string]string{"GF_CONCURRENT_QUERY_COUNT": "1"})
	queries := map[string]string{}
	for index := range 2000 {
		queries[fmt.Sprint(index)] = fmt.Sprintf(`{"view":"digest","sources":["flat"],%s,"filter":"bytes > %d"}`, allFlows, index)
	}
	for name, stop := range map[string]func() (context.Context, context.CancelFunc){
		"by the caller": func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(500*time.Millisecond, cancel)
			return ctx, cancel
		},
		"by a deadline": func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), 500*time.Millisecond)
		},
	} {
		ctx, cancel := stop()
		_, err := p.data.QueryData(ctx, asked{context: pluginContext, queries: queries}.request())
		cancel()
		if code := grpcstatus.Code(err); code != codes.Canceled && code != codes.DeadlineExceeded {
			t.Fatalf("%s: %v", name, err)
		}
		equal(t, "outcome "+name, fmt.Sprint(p.log.await(t, "call ended").fields["outcome"]), "CANCELLED")
		p.log.clear()
		// The threads are free again.
		frames := p.framesOf(t, asked{context: pluginContext}, `{"view":"stat","measures":["flows"],"counting":"as-logged"}`)
		equal(t, "flows "+name, sum(t, frames[0].Fields[0]), countRecords(t, "demo").flows)
		p.log.await(t, "call ended")
		p.log.clear()
	}
}

// clear forgets the lines that came until now.
func (s *logSink) clear() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.lines = nil
}

func TestHealthAndMetricsOfADataSource(t *testing.T) {
	p, context := startOverLogs(t)
	check := func(context backend.PluginContext) *backend.CheckHealthResult {
		response, err := p.diagnostics.CheckHealth(t.Context(), &pluginv2.CheckHealthRequest{PluginContext: backend.ToProto().PluginContext(context)})
		must(t, err)
		result := backend.FromProto().CheckHealthResponse(response)
		var details map[string]any
		must(t, json.Unmarshal(result.JSONDetails, &details))
		return result
	}
	fine := check(context)
	equal(t, "status: "+fine.Message, fine.Status, backend.HealthStatusOk)
	outside := check(pluginContext(`{"sources":[{"location":"/etc"}]}`, nil))
	equal(t, "status of a folder outside", outside.Status, backend.HealthStatusError)

	p.framesOf(t, asked{context: context}, `{"view":"stat"}`)
	response, err := p.diagnostics.CollectMetrics(t.Context(), &pluginv2.CollectMetricsRequest{})
	must(t, err)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(response.Metrics.Prometheus)))
	must(t, err)
	counts := map[string]float64{}
	for _, metric := range families["vpcflow_calls_total"].GetMetric() {
		for _, label := range metric.GetLabel() {
			if label.GetName() == "endpoint" {
				counts[label.GetValue()] += metric.GetCounter().GetValue()
			}
		}
	}
	equal(t, "queries and checks", fmt.Sprint(counts["queryData"], counts["checkHealth"]), "1 2")
}

// Whatever a viewer posts is answered, and the process lives on.
func TestAnyQueryIsAnswered(t *testing.T) {
	p, context := startOverLogs(t)
	random := rand.New(rand.NewPCG(1, 2))
	seeds := []string{
		`{"view":"table","keys":["srcaddr"],"measures":["bytes"],"top":5,"filter":"action = REJECT and bytes > 5"}`,
		`{"view":"series","bucketSec":"5m","fill":"null","unit":"rate","limits":{"maxObjects":5,"onLimit":"partial"}}`,
		`{"view":"graph","nodes":"hosts","expand":["vpc-1"],"widthPx":500,"heightPx":300,"settleSec":60}`,
		`{"view":"records","fields":["srcaddr","bytes"],"order":"oldest","accounts":["111122223333"]}`,
		`{"view":"stat","range":{"from":"now-1h","to":"now"},"regions":["eu-west-1"],"portRule":"as-logged"}`,
		`{"view":"events","kind":"new","sigmas":2.5,"atLeast":3,"keys":["dstaddr","port"],"bucketSec":60}`,
		`{"view":"completeness","regions":["us-east-1"],"settleSec":600}`,
	}
	pieces := []string{`"`, `{`, `}`, `[`, `]`, `,`, `:`, `null`, `-1`, `1e999`, `\u0000`, `\ud800`, "\xff", `"__proto__":1,`, `0.1`, `true`, `$`, ` `}
	mutate := func(text string) string {
		for range 1 + random.IntN(3) {
			at := random.IntN(len(text) + 1)
			end := min(len(text), at+random.IntN(8))
			text = text[:at] + pieces[random.IntN(len(pieces))] + text[end:]
		}
		return text
	}
	deep := func(open, close string) string { return strings.Repeat(open, 100_000) + strings.Repeat(close, 100_000) }
	cases := []string{
		deep("[", "]"), deep(`{"a":`, "}"), `{"filter":` + deep("[", "]") + `}`, `{"filter":` + deep(`{"a":`, "1}") + `}`,
		`{"filter":"` + deep("(", ")") + `"}`, `{"filter":"` + strings.Repeat("not ", 100_000) + `bytes > 1"}`,
		`{"limits":` + deep("[", "]") + `}`, `{"keys":[` + strings.Repeat(`"srcaddr",`, 100_000) + `"dstaddr"]}`,
		`{"view":"series","bucketSec":1,"top":1000,"keys":["srcaddr","dstaddr","srcport","dstport"]}`,
		`{"top":1e308}`, `{"widthPx":1e308,"view":"graph"}`, strings.Repeat(" ", 1_000_000), `{"a":"` + strings.Repeat("x", 1_000_000) + `"}`,
	}
	for range 600 {
		cases = append(cases, mutate(seeds[random.IntN(len(seeds))]))
	}
	headers := []map[string]string{nil, {"FromAlert": "true"}, {"http_X-Grafana-From-Expr": "true"}}
	for part := range slices.Chunk(cases, 50) {
		queries := map[string]string{}
		for index, json := range part {
			queries[fmt.Sprint(index)] = json
		}
		responses := p.ask(t, asked{context: context, headers: headers[random.IntN(len(headers))], queries: queries})
		equal(t, "responses", len(responses), len(queries))
		for refID, response := range responses {
			query := queries[refID]
			switch {
			case response.Error == nil && response.Status == backend.StatusOK && len(response.Frames) > 0:
			case response.Error != nil && response.Status >= 400 && response.Status < 500:
			default:
				t.Errorf("%.300s: status %d, %v", query, response.Status, response.Error)
			}
		}
	}
	must(t, p.protocol.Ping())
	if line, ok := p.log.find("uncaught exception"); ok {
		t.Errorf("%v", line.fields)
	}
}
