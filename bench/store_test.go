package bench

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/VictoriaMetrics/VictoriaMetrics/app/vminsert/promremotewrite"
	"github.com/VictoriaMetrics/VictoriaMetrics/app/vmstorage"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/prompb"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/protoparser/protoparserutil"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/storage"
	"github.com/klauspost/compress/snappy"

	"fengsui"
	"fengsui/adapter/push"
	"fengsui/series/victoria"
)

// bareStore is the rival: the time-series store alone in a process of its own,
// behind HTTPS with the platform's certificate. It checks nothing, logs nothing,
// judges nothing and answers from memory. It has two doors, one a process:
//
//	block   our own compact samples, named by number, into the storage library
//	write   the store's own door for Prometheus remote write, its defaults
func bareStore(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return errors.New("it wants a door, a directory and a directory with a certificate")
	}
	door, dir, certs := args[0], args[1], args[2]
	ctx = orphaned(ctx)
	var handle func(*http.Request) error
	switch door {
	case "block":
		e, err := victoria.Open(victoria.Config{Dir: dir, Retention: 5 * 365 * 24 * time.Hour, Memory: 512 << 20, MinFree: 1})
		if err != nil {
			return err
		}
		defer e.Close()
		handle = func(r *http.Request) error {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			list, err := fengsui.ReadSamples(make([]fengsui.Sample, 0, batch), b, nil)
			if err != nil {
				return err
			}
			return e.Write(list)
		}
	case "write":
		if err := errors.Join(flag.Set("storageDataPath", dir), flag.Set("retentionPeriod", "5y"), flag.Set("loggerLevel", "WARN")); err != nil {
			return err
		}
		if err := flag.CommandLine.Parse(nil); err != nil {
			return err
		}
		protoparserutil.StartUnmarshalWorkers()
		vmstorage.Init(func([]storage.MetricRow) {}) // the caches that it would reset are those of queries
		defer vmstorage.Stop()
		handle = promremotewrite.InsertHandler
	default:
		return fmt.Errorf("there is no door %q", door)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := handle(r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})}
	context.AfterFunc(ctx, func() { server.Close() })
	announce("https://" + l.Addr().String())
	if err := server.ServeTLS(l, certs+"/server.pem", certs+"/server.key"); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// rival is a bare store that runs.
type rival struct {
	*child
	url  string
	http *http.Client
	body func(*plant, *push.Batch) []byte
}

func startRival(door, dir string, s *running) (*rival, error) {
	c, err := start("store", door, dir, s.place.data("tls"))
	if err != nil {
		return nil, err
	}
	r := &rival{child: c, http: s.http, body: blockBody}
	if door == "write" {
		r.body = writeBody
	}
	return r, c.hello(&r.url)
}

// post sends a plant's next batch as the rival wants it.
func (r *rival) post(ctx context.Context, p *plant) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(r.body(p, p.next(batch))))
	if err != nil {
		return err
	}
	answer, err := r.http.Do(q)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the store answered %s: %s", answer.Status, text)
	}
	return nil
}

func (p *plant) num(i int) int64 { return int64(p.number*points + i + 1) }

func blockBody(p *plant, b *push.Batch) []byte {
	list := make([]fengsui.Sample, len(b.Samples))
	for i, s := range b.Samples {
		list[i] = fengsui.Sample{Point: p.num(i), At: s.At, Value: s.Value}
	}
	return fengsui.AppendSamples(nil, list)
}

func writeBody(p *plant, b *push.Batch) []byte {
	var w prompb.WriteRequest
	w.Timeseries = make([]prompb.TimeSeries, len(b.Samples))
	labels := make([]prompb.Label, 0, 2*len(b.Samples))
	samples := make([]prompb.Sample, len(b.Samples))
	for i, s := range b.Samples {
		labels = append(labels, prompb.Label{Name: "__name__", Value: "v"}, prompb.Label{Name: "p", Value: strconv.FormatInt(p.num(i), 10)})
		samples[i] = prompb.Sample{Timestamp: int64(s.At), Value: s.Value}
		w.Timeseries[i] = prompb.TimeSeries{Labels: labels[2*i : 2*i+2], Samples: samples[i : i+1]}
	}
	return snappy.Encode(nil, w.MarshalProtobuf(nil))
}
