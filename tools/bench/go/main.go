// franz-go at the benchmark's work.
// Arguments: brokers topic file step codec acks idempotent headers warm-ms linger-ms; then lines, as client-contract.ts says
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type message struct{ key, value []byte }

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

var acks = map[string]kgo.Acks{"-1": kgo.AllISRAcks(), "0": kgo.NoAck(), "1": kgo.LeaderAck()}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

func milliseconds(text string) time.Duration {
	return time.Duration(number(text)) * time.Millisecond
}

func readMessages(path string) []message {
	text, err := os.ReadFile(path)
	check(err)
	var messages []message
	for _, line := range bytes.Split(text, []byte("\n")) {
		if key, value, found := bytes.Cut(line, []byte("\t")); found {
			messages = append(messages, message{key, value})
		}
	}
	return messages
}

type worker struct {
	client   *kgo.Client
	messages []message
	headers  []kgo.RecordHeader
	step     int
	next     int
}

func (w *worker) work(limit time.Duration) int {
	end := time.Now().Add(limit)
	ctx := context.Background()
	done := 0
	var wait sync.WaitGroup
	settle := func(_ *kgo.Record, err error) {
		check(err)
		wait.Done()
	}
	for {
		wait.Add(w.step)
		for i := 0; i < w.step; i++ {
			m := w.messages[w.next%len(w.messages)]
			w.next++
			w.client.Produce(ctx, &kgo.Record{Key: m.key, Value: m.value, Headers: w.headers}, settle)
		}
		wait.Wait()
		done += w.step
		if time.Now().After(end) {
			return done
		}
	}
}

func usage() syscall.Rusage {
	var found syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &found))
	return found
}

func cpu() int64 {
	found := usage()
	return (found.Utime.Nano() + found.Stime.Nano()) / 1000
}

func (w *worker) measure(limit time.Duration) {
	before, start := cpu(), time.Now()
	done := w.work(limit)
	seconds, spent := time.Since(start).Seconds(), cpu()-before
	fmt.Printf("{\"event\":\"measured\",\"messages\":%d,\"seconds\":%f,\"cpuUs\":%d,\"peakKb\":%d,\"allocatedBytes\":null}\n", done, seconds, spent, usage().Maxrss)
}

func main() {
	args := os.Args[1:]
	options := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(args[0], ",")...),
		kgo.DefaultProduceTopic(args[1]),
		kgo.ProducerBatchCompression(codecs[args[4]]),
		kgo.RequiredAcks(acks[args[5]]),
		kgo.ProducerLinger(milliseconds(args[9])),
		kgo.MaxBufferedRecords(1_000_000),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
	}
	if args[6] != "1" {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	client, err := kgo.NewClient(options...)
	check(err)
	w := &worker{client: client, messages: readMessages(args[2]), step: number(args[3])}
	for i := range number(args[7]) {
		w.headers = append(w.headers, kgo.RecordHeader{Key: fmt.Sprintf("header-%d", i), Value: fmt.Appendf(nil, "value-%d", i)})
	}
	fmt.Printf("{\"event\":\"warm\",\"messages\":%d}\n", w.work(milliseconds(args[8])))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		ms, found := strings.CutPrefix(lines.Text(), "measure ")
		if !found {
			break
		}
		w.measure(milliseconds(ms))
	}
	fmt.Println(`{"event":"finished","version":"1.21.1"}`)
	client.Close()
}
