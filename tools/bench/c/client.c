// librdkafka from C: the benchmark's work without any JavaScript.
// Arguments: brokers topic file step codec acks idempotent headers warm-ms linger-ms; then lines, as client-contract.ts says
#include <rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

typedef struct {
  char *key, *value;
  size_t key_length, value_length;
} Message;

static Message *messages;
static size_t message_count, next_message;
static long delivered, failed;

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_us(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
  (void)client, (void)opaque;
  if (message->err) failed++;
  delivered++;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) fail(error);
}

static void read_messages(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) fail("cannot open the messages");
  char *line = NULL;
  size_t room = 0;
  for (ssize_t n; (n = getline(&line, &room, file)) > 0;) {
    char *tab = memchr(line, '\t', (size_t)n);
    if (tab == NULL) continue;
    Message m = {.key_length = (size_t)(tab - line), .value_length = (size_t)(line + n - 1 - (tab + 1))};
    m.key = malloc(m.key_length);
    m.value = malloc(m.value_length);
    memcpy(m.key, line, m.key_length);
    memcpy(m.value, tab + 1, m.value_length);
    messages = realloc(messages, (message_count + 1) * sizeof m);
    messages[message_count++] = m;
  }
  free(line);
  fclose(file);
}

static void produce(rd_kafka_t *client, const char *topic, int headers) {
  Message *m = &messages[next_message++ % message_count];
  for (;;) {
    rd_kafka_headers_t *list = headers ? rd_kafka_headers_new((size_t)headers) : NULL;
    for (int i = 0; i < headers; i++) {
      char name[32], value[32];
      snprintf(name, sizeof name, "header-%d", i);
      snprintf(value, sizeof value, "value-%d", i);
      rd_kafka_header_add(list, name, -1, value, -1);
    }
    rd_kafka_resp_err_t error =
        headers ? rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(m->key, m->key_length),
                                    RD_KAFKA_V_VALUE(m->value, m->value_length),
                                    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_END)
                : rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(m->key, m->key_length),
                                    RD_KAFKA_V_VALUE(m->value, m->value_length),
                                    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    if (list) rd_kafka_headers_destroy(list);
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) fail(rd_kafka_err2str(error));
    rd_kafka_poll(client, 1);
  }
}

static long work(rd_kafka_t *client, const char *topic, long step, int headers, double seconds) {
  double end = now() + seconds;
  long done = 0;
  do {
    long target = delivered + step;
    for (long i = 0; i < step; i++) produce(client, topic, headers);
    while (delivered < target) rd_kafka_poll(client, 100);
    if (failed) fail("a message was not delivered");
    done += step;
  } while (now() < end);
  return done;
}

static void measure(rd_kafka_t *client, const char *topic, long step, int headers, double seconds) {
  double cpu = cpu_us(), start = now();
  long done = work(client, topic, step, headers, seconds);
  seconds = now() - start;
  cpu = cpu_us() - cpu;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("{\"event\":\"measured\",\"messages\":%ld,\"seconds\":%f,\"cpuUs\":%f,\"peakKb\":%ld,\"allocatedBytes\":null}\n", done,
         seconds, cpu, usage.ru_maxrss);
  fflush(stdout);
}

int main(int count, char **given) {
  if (count != 11) fail("ten arguments, please");
  const char *topic = given[2];
  long step = atol(given[4]);
  int headers = atoi(given[8]);
  read_messages(given[3]);
  if (message_count == 0) fail("there are no messages");
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", given[1]);
  set(conf, "compression.codec", given[5]);
  set(conf, "acks", given[6]);
  set(conf, "enable.idempotence", strcmp(given[7], "1") == 0 ? "true" : "false");
  set(conf, "linger.ms", given[10]);
  set(conf, "queue.buffering.max.messages", "1000000");
  set(conf, "queue.buffering.max.kbytes", "1048576");
  set(conf, "partitioner", "murmur2_random");
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  char error[512];
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (client == NULL) fail(error);
  printf("{\"event\":\"warm\",\"messages\":%ld}\n", work(client, topic, step, headers, atof(given[9]) / 1000));
  fflush(stdout);
  char line[64];
  double ms;
  while (fgets(line, sizeof line, stdin) != NULL && sscanf(line, "measure %lf", &ms) == 1)
    measure(client, topic, step, headers, ms / 1000);
  printf("{\"event\":\"finished\",\"version\":\"%s\"}\n", rd_kafka_version_str());
  fflush(stdout);
  rd_kafka_destroy(client);
  return 0;
}
