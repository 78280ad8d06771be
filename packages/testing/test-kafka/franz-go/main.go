// Produces lines from standard input, or consumes and prints them, with franz-go.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func client(brokers string, more ...kgo.Opt) *kgo.Client {
	options := append(more, kgo.SeedBrokers(strings.Split(brokers, ",")...))
	made, err := kgo.NewClient(options...)
	if err != nil {
		fail(err)
	}
	return made
}

func produce(ctx context.Context, brokers, topic, codec string) {
	producer := client(brokers, kgo.DefaultProduceTopic(topic), kgo.ProducerBatchCompression(codecs[codec]),
		kgo.ProducerLinger(10*time.Millisecond))
	defer producer.Close()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		record := &kgo.Record{Value: []byte(lines.Text())}
		producer.Produce(ctx, record, func(_ *kgo.Record, err error) {
			if err != nil {
				fail(err)
			}
		})
	}
	if err := producer.Flush(ctx); err != nil {
		fail(err)
	}
}

func consume(ctx context.Context, brokers, topic, group string, count int) {
	options := []kgo.Opt{kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())}
	if group != "-" {
		options = append(options, kgo.ConsumerGroup(group))
	}
	consumer := client(brokers, options...)
	defer consumer.Close()
	for seen := 0; seen < count; {
		fetches := consumer.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			fail(err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			seen++
			fmt.Println(string(record.Value))
		})
	}
	if group == "-" {
		return
	}
	if err := consumer.CommitUncommittedOffsets(ctx); err != nil {
		fail(err)
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	args := os.Args[1:]
	if args[0] == "produce" {
		produce(ctx, args[1], args[2], args[3])
		return
	}
	count, err := strconv.Atoi(args[4])
	if err != nil {
		fail(err)
	}
	consume(ctx, args[1], args[2], args[3], count)
}
