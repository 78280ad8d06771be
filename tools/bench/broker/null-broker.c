// A broker that only answers: it counts what is produced, keeps nothing, and never is the bottleneck of a benchmark.
//
// null-broker [--partitions N] [--brokers N] [--topic NAME] [--delay-us N] [--certificate FILE --key FILE]
//
// Listens on a free port of 127.0.0.1 and prints "port N". With more brokers it listens on as many ports, tells of a broker at
// each, and gives them the partitions in turn. A line "count" on standard input is answered by one line,
// "requests batches records bytes produced-bytes"; the end of standard input ends the program.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
#endif

enum { MAX_PARTITIONS = 16384, MAX_BROKERS = 256, READ_BYTES = 262144, MAX_FRAME = 64 << 20, MAX_CONNECTIONS = 4096 };

typedef struct {
  uint8_t *data;
  size_t length, capacity;
} Bytes;

typedef struct Connection {
  int fd, closed, pending;
  uint32_t watched;
  Bytes in, out;
  size_t sent;
#ifdef WITH_TLS
  SSL *ssl;
#endif
} Connection;

typedef struct {
  Connection *connection;
  uint64_t due_ns;
  uint32_t length;
  uint8_t *data;
} Late;

static int partitions = 6, brokers = 1, ports[MAX_BROKERS], poller, timer = -1;
static uint64_t delay_ns;
static const char *topic = "bench";
static int64_t next_offset[MAX_PARTITIONS];
static uint64_t requests, batches, records, all_bytes, produced_bytes;
static Late *late;
static size_t late_head, late_tail, late_capacity;
static int64_t next_producer_id = 1000;
#ifdef WITH_TLS
static SSL_CTX *tls;
#endif

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void reserve(Bytes *b, size_t more) {
  if (b->length + more <= b->capacity) return;
  size_t capacity = b->capacity ? b->capacity : 4096;
  while (capacity < b->length + more) capacity *= 2;
  b->data = realloc(b->data, capacity);
  if (b->data == NULL) fail("memory");
  b->capacity = capacity;
}

// ---- writing ----

static void put(Bytes *b, uint64_t value, int bytes) {
  reserve(b, 8);
  for (int i = bytes - 1; i >= 0; i--) b->data[b->length++] = (uint8_t)(value >> (8 * i));
}
static void put_varint(Bytes *b, uint32_t value) {
  reserve(b, 5);
  while (value >= 0x80) {
    b->data[b->length++] = (uint8_t)(value | 0x80);
    value >>= 7;
  }
  b->data[b->length++] = (uint8_t)value;
}
static void put_raw(Bytes *b, const void *data, size_t n) {
  reserve(b, n);
  memcpy(b->data + b->length, data, n);
  b->length += n;
}
static void put_count(Bytes *b, int n, int flexible) {
  if (flexible) put_varint(b, (uint32_t)(n + 1));
  else put(b, (uint32_t)n, 4);
}
static void put_string(Bytes *b, const char *s, size_t n, int flexible) {
  if (flexible) put_varint(b, (uint32_t)(n + 1));
  else put(b, n, 2);
  put_raw(b, s, n);
}
static void put_null_string(Bytes *b, int flexible) {
  if (flexible) put_varint(b, 0);
  else put(b, 0xffff, 2);
}
static void put_tags(Bytes *b, int flexible) {
  if (flexible) put(b, 0, 1);
}

// ---- reading: `bad` is set instead of reading past the end ----

typedef struct {
  const uint8_t *data;
  size_t at, length;
  int bad;
} In;

static uint64_t get(In *in, int bytes) {
  if (in->length - in->at < (size_t)bytes) {
    in->bad = 1;
    in->at = in->length;
    return 0;
  }
  uint64_t value = 0;
  for (int i = 0; i < bytes; i++) value = value << 8 | in->data[in->at++];
  return value;
}
static uint32_t get_varint(In *in) {
  uint32_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    uint8_t byte = (uint8_t)get(in, 1);
    value |= (uint32_t)(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}
static const uint8_t *get_raw(In *in, size_t n) {
  if (in->length - in->at < n) {
    in->bad = 1;
    in->at = in->length;
    return in->data;
  }
  const uint8_t *start = in->data + in->at;
  in->at += n;
  return start;
}
static int64_t get_count(In *in, int flexible) {
  int64_t n = flexible ? (int64_t)get_varint(in) - 1 : (int32_t)get(in, 4);
  if (n > (int64_t)in->length) in->bad = 1;
  return in->bad ? 0 : n;
}
static const char *get_string(In *in, int flexible, int64_t *n) {
  *n = flexible ? (int64_t)get_varint(in) - 1 : (int16_t)get(in, 2);
  return *n < 0 ? NULL : (const char *)get_raw(in, (size_t)*n);
}
static void skip_tags(In *in, int flexible) {
  if (!flexible) return;
  for (uint32_t n = get_varint(in); n > 0 && !in->bad; n--) {
    get_varint(in);
    get_raw(in, get_varint(in));
  }
}

// ---- the four requests ----

// Besides what is answered, what clients look at to learn how new the broker is.
static const struct { int16_t key, min, max, flexible; } apis[] = {
    {0, 0, 12, 9},  {1, 0, 12, 99}, {2, 0, 7, 99},  {3, 0, 12, 9},  {8, 0, 8, 99},  {9, 0, 8, 99}, {10, 0, 4, 99},
    {11, 0, 7, 99}, {12, 0, 4, 99}, {13, 0, 4, 99}, {14, 0, 5, 99}, {15, 0, 5, 99}, {16, 0, 4, 99}, {17, 0, 1, 99},
    {18, 0, 4, 3},  {19, 0, 7, 99}, {22, 0, 4, 2},  {36, 0, 2, 99}};
enum { API_COUNT = sizeof apis / sizeof apis[0] };

static void api_versions(Bytes *out, int version) {
  int known = version <= 4;
  int flexible = known && version >= 3;
  put(out, known ? 0 : 35, 2);
  put_count(out, API_COUNT, flexible);
  for (int i = 0; i < API_COUNT; i++) {
    put(out, (uint16_t)apis[i].key, 2);
    put(out, (uint16_t)apis[i].min, 2);
    put(out, (uint16_t)apis[i].max, 2);
    put_tags(out, flexible);
  }
  if (known && version >= 1) put(out, 0, 4);
  put_tags(out, flexible);
}

static void metadata_topic(Bytes *out, const char *name, size_t n, int version, int flexible) {
  static const uint8_t id[16] = {0x62, 0x65, 0x6e, 0x63, 0x68, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1};
  int known = n == strlen(topic) && memcmp(name, topic, n) == 0;
  put(out, known ? 0 : 3, 2);
  put_string(out, name, n, flexible);
  if (version >= 10) {
    if (known) put_raw(out, id, 16);
    else put(out, 0, 8), put(out, 0, 8);
  }
  if (version >= 1) put(out, 0, 1);
  put_count(out, known ? partitions : 0, flexible);
  for (int p = 0; known && p < partitions; p++) {
    put(out, 0, 2);
    put(out, (uint32_t)p, 4);
    uint32_t leader = (uint32_t)(1 + p % brokers);
    put(out, leader, 4);
    if (version >= 7) put(out, 0, 4);
    put_count(out, 1, flexible), put(out, leader, 4);
    put_count(out, 1, flexible), put(out, leader, 4);
    if (version >= 5) put_count(out, 0, flexible);
    put_tags(out, flexible);
  }
  if (version >= 8) put(out, 0x80000000u, 4);
  put_tags(out, flexible);
}

static void metadata(In *in, Bytes *out, int version) {
  int flexible = version >= 9;
  if (version >= 3) put(out, 0, 4);
  put_count(out, brokers, flexible);
  for (int b = 0; b < brokers; b++) {
    put(out, (uint32_t)(1 + b), 4);
    put_string(out, "127.0.0.1", 9, flexible);
    put(out, (uint32_t)ports[b], 4);
    if (version >= 1) put_null_string(out, flexible);
    put_tags(out, flexible);
  }
  if (version >= 2) put_string(out, "null-broker", 11, flexible);
  if (version >= 1) put(out, 1, 4);
  int64_t wanted = get_count(in, flexible);
  int everything = wanted < 0 || (version == 0 && wanted == 0);
  put_count(out, everything ? 1 : (int)wanted, flexible);
  if (everything) metadata_topic(out, topic, strlen(topic), version, flexible);
  for (int64_t i = 0; i < wanted && !everything && !in->bad; i++) {
    int64_t n;
    if (version >= 10) get_raw(in, 16);
    const char *name = get_string(in, flexible, &n);
    skip_tags(in, flexible);
    metadata_topic(out, name ? name : "", name ? (size_t)n : 0, version, flexible);
  }
  if (version >= 8 && version <= 10) put(out, 0x80000000u, 4);
  put_tags(out, flexible);
}

static int64_t count_records(const uint8_t *data, size_t length, int partition) {
  int64_t first = partition >= 0 && partition < MAX_PARTITIONS ? next_offset[partition] : 0;
  size_t at = 0;
  while (length - at >= 61) {
    In header = {data + at, 8, 61, 0};
    size_t size = (size_t)get(&header, 4) + 12;
    if (data[at + 16] != 2 || size > length - at) break;
    header.at = 57;
    uint32_t count = (uint32_t)get(&header, 4);
    batches++;
    records += count;
    if (partition >= 0 && partition < MAX_PARTITIONS) next_offset[partition] += count;
    at += size;
  }
  produced_bytes += length;
  return first;
}

// Returns 0 when no answer is wanted.
static int produce(In *in, Bytes *out, int version) {
  int flexible = version >= 9;
  int64_t n;
  requests++;
  if (version >= 3) get_string(in, flexible, &n);
  int16_t acks = (int16_t)get(in, 2);
  get(in, 4);
  int64_t topics = get_count(in, flexible);
  put_count(out, (int)topics, flexible);
  for (int64_t t = 0; t < topics && !in->bad; t++) {
    const char *name = get_string(in, flexible, &n);
    put_string(out, name ? name : "", name ? (size_t)n : 0, flexible);
    int64_t count = get_count(in, flexible);
    put_count(out, (int)count, flexible);
    for (int64_t p = 0; p < count && !in->bad; p++) {
      int32_t index = (int32_t)get(in, 4);
      int64_t size = flexible ? (int64_t)get_varint(in) - 1 : (int32_t)get(in, 4);
      const uint8_t *data = get_raw(in, size < 0 ? 0 : (size_t)size);
      skip_tags(in, flexible);
      int64_t offset = in->bad ? 0 : count_records(data, size < 0 ? 0 : (size_t)size, index);
      put(out, (uint32_t)index, 4);
      put(out, 0, 2);
      put(out, (uint64_t)offset, 8);
      if (version >= 2) put(out, UINT64_MAX, 8);
      if (version >= 5) put(out, 0, 8);
      if (version >= 8) put_count(out, 0, flexible), put_null_string(out, flexible);
      put_tags(out, flexible);
    }
    skip_tags(in, flexible);
    put_tags(out, flexible);
  }
  if (version >= 1) put(out, 0, 4);
  put_tags(out, flexible);
  return acks != 0;
}

static void init_producer_id(Bytes *out, int version) {
  put(out, 0, 4);
  put(out, 0, 2);
  put(out, (uint64_t)next_producer_id++, 8);
  put(out, 0, 2);
  put_tags(out, version >= 2);
}

static int flexible_from(int key) {
  for (int i = 0; i < API_COUNT; i++)
    if (apis[i].key == key) return apis[i].flexible;
  return 99;
}

// Answers one frame by appending to `out`. Returns -1 to close the connection.
static int answer(const uint8_t *frame, size_t length, Bytes *out) {
  In in = {frame, 0, length, 0};
  int key = (int16_t)get(&in, 2), version = (int16_t)get(&in, 2);
  uint32_t correlation = (uint32_t)get(&in, 4);
  int flexible = version >= flexible_from(key);
  int64_t n;
  get_string(&in, 0, &n);
  skip_tags(&in, flexible && !(key == 18 && version > 4));
  size_t start = out->length;
  put(out, 0, 4);
  put(out, correlation, 4);
  if (key != 18) put_tags(out, flexible);
  int wanted = 1;
  if (key == 0) wanted = produce(&in, out, version);
  else if (key == 3) metadata(&in, out, version);
  else if (key == 18) api_versions(out, version);
  else if (key == 22) init_producer_id(out, version);
  else {
    fprintf(stderr, "null-broker: no answer to api %d version %d\n", key, version);
    return -1;
  }
  if (in.bad) {
    fprintf(stderr, "null-broker: cannot read api %d version %d\n", key, version);
    return -1;
  }
  if (!wanted) {
    out->length = start;
    return 0;
  }
  uint32_t size = (uint32_t)(out->length - start - 4);
  for (int i = 0; i < 4; i++) out->data[start + (size_t)i] = (uint8_t)(size >> (24 - 8 * i));
  return 0;
}

// ---- connections ----

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void release(Connection *c) {
  if (c->closed && c->pending == 0) {
    free(c->in.data);
    free(c->out.data);
    free(c);
  }
}

static void shut(Connection *c) {
  if (c->closed) return;
  c->closed = 1;
#ifdef WITH_TLS
  if (c->ssl) SSL_free(c->ssl);
#endif
  close(c->fd);
}

// Bytes read; 0 for nothing now; -1 at the end.
static ssize_t take(Connection *c, uint8_t *to, size_t room) {
#ifdef WITH_TLS
  if (c->ssl) {
    int n = SSL_read(c->ssl, to, (int)room);
    if (n > 0) return n;
    int why = SSL_get_error(c->ssl, n);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
  }
#endif
  ssize_t n = read(c->fd, to, room);
  if (n > 0) return n;
  return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static ssize_t give(Connection *c, const uint8_t *from, size_t n) {
#ifdef WITH_TLS
  if (c->ssl) {
    int done = SSL_write(c->ssl, from, (int)n);
    if (done > 0) return done;
    int why = SSL_get_error(c->ssl, done);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
  }
#endif
  ssize_t done = write(c->fd, from, n);
  if (done >= 0) return done;
  return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

static void flush(Connection *c) {
  while (c->sent < c->out.length) {
    ssize_t n = give(c, c->out.data + c->sent, c->out.length - c->sent);
    if (n < 0) {
      shut(c);
      return;
    }
    if (n == 0) break;
    c->sent += (size_t)n;
  }
  if (c->sent == c->out.length) c->sent = c->out.length = 0;
  uint32_t wanted = EPOLLIN | (c->out.length > 0 ? EPOLLOUT : 0);
  if (wanted != c->watched) {
    struct epoll_event event = {.events = c->watched = wanted, .data.ptr = c};
    epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event);
  }
}

static void arm(void) {
  struct itimerspec when = {0};
  if (late_head != late_tail) {
    uint64_t due = late[late_head % late_capacity].due_ns;
    when.it_value.tv_sec = (time_t)(due / 1000000000u);
    when.it_value.tv_nsec = (long)(due % 1000000000u);
  }
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void postpone(Connection *c, const Bytes *answers) {
  if (late_tail - late_head == late_capacity) {
    size_t capacity = late_capacity ? late_capacity * 2 : 64;
    Late *grown = malloc(capacity * sizeof *grown);
    for (size_t i = late_head; i < late_tail; i++) grown[i % capacity] = late[i % late_capacity];
    free(late);
    late = grown;
    late_capacity = capacity;
  }
  Late entry = {c, now_ns() + delay_ns, (uint32_t)answers->length, malloc(answers->length)};
  memcpy(entry.data, answers->data, answers->length);
  late[late_tail++ % late_capacity] = entry;
  c->pending++;
  if (late_tail - late_head == 1) arm();
}

static void send_late(void) {
  uint64_t expirations;
  if (read(timer, &expirations, 8) < 0 && errno != EAGAIN) fail("timer");
  uint64_t now = now_ns();
  while (late_head != late_tail && late[late_head % late_capacity].due_ns <= now) {
    Late *entry = &late[late_head++ % late_capacity];
    Connection *c = entry->connection;
    c->pending--;
    if (!c->closed) {
      put_raw(&c->out, entry->data, entry->length);
      flush(c);
    }
    free(entry->data);
    release(c);
  }
  arm();
}

// Answers every whole frame that has arrived; what is left moves to the front.
static int answer_all(Connection *c) {
  static Bytes answers;
  Bytes *out = delay_ns ? &answers : &c->out;
  answers.length = 0;
  size_t at = 0;
  while (c->in.length - at >= 4) {
    const uint8_t *p = c->in.data + at;
    uint32_t size = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    if (size > MAX_FRAME) return -1;
    if (c->in.length - at - 4 < size) {
      if (c->in.capacity < size + 4) reserve(&c->in, size + 4 - (c->in.length - at));
      break;
    }
    if (answer(c->in.data + at + 4, size, out) < 0) return -1;
    at += 4 + size;
  }
  if (at > 0) {
    memmove(c->in.data, c->in.data + at, c->in.length - at);
    c->in.length -= at;
  }
  if (delay_ns && answers.length > 0) postpone(c, &answers);
  return 0;
}

static void on_readable(Connection *c) {
  for (int turn = 0; turn < 16; turn++) {
    reserve(&c->in, READ_BYTES);
    ssize_t n = take(c, c->in.data + c->in.length, READ_BYTES);
    if (n < 0) {
      shut(c);
      return;
    }
    if (n == 0) break;
    all_bytes += (uint64_t)n;
    c->in.length += (size_t)n;
    if (answer_all(c) < 0) {
      shut(c);
      return;
    }
    int full = n == READ_BYTES;
#ifdef WITH_TLS
    full = full || c->ssl != NULL;
#endif
    if (!full) break;
  }
  flush(c);
}

static void on_connection(int listener) {
  int fd = accept(listener, NULL, NULL), one = 1;
  if (fd < 0) return;
  fcntl(fd, F_SETFL, O_NONBLOCK);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  Connection *c = calloc(1, sizeof *c);
  c->fd = fd;
#ifdef WITH_TLS
  if (tls) {
    c->ssl = SSL_new(tls);
    SSL_set_fd(c->ssl, fd);
    SSL_set_accept_state(c->ssl);
    SSL_set_mode(c->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
#endif
  struct epoll_event event = {.events = c->watched = EPOLLIN, .data.ptr = c};
  epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static void on_command(void) {
  char line[256];
  ssize_t n = read(0, line, sizeof line);
  if (n <= 0) exit(0);
  for (ssize_t i = 0; i < n; i++)
    if (line[i] == '\n')
      printf("%llu %llu %llu %llu %llu\n", (unsigned long long)requests, (unsigned long long)batches,
             (unsigned long long)records, (unsigned long long)all_bytes, (unsigned long long)produced_bytes);
  fflush(stdout);
}

static int listen_locally(int *port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 512) < 0) fail("listen");
  getsockname(fd, (struct sockaddr *)&address, &size);
  *port = ntohs(address.sin_port);
  return fd;
}

static void use_tls(const char *certificate, const char *key) {
#ifdef WITH_TLS
  tls = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(tls, certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
    ERR_print_errors_fp(stderr);
    exit(1);
  }
#else
  (void)certificate, (void)key;
  fprintf(stderr, "null-broker: built without TLS\n");
  exit(2);
#endif
}

static void watch(int fd, void *mark) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = mark};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll");
}

int main(int count, char **given) {
  const char *certificate = NULL, *key = NULL;
  for (int i = 1; i + 1 < count; i += 2) {
    if (strcmp(given[i], "--partitions") == 0) partitions = atoi(given[i + 1]);
    else if (strcmp(given[i], "--brokers") == 0) brokers = atoi(given[i + 1]);
    else if (strcmp(given[i], "--topic") == 0) topic = given[i + 1];
    else if (strcmp(given[i], "--delay-us") == 0) delay_ns = (uint64_t)atoi(given[i + 1]) * 1000;
    else if (strcmp(given[i], "--certificate") == 0) certificate = given[i + 1];
    else if (strcmp(given[i], "--key") == 0) key = given[i + 1];
  }
  if (partitions < 1 || partitions > MAX_PARTITIONS) partitions = 6;
  if (brokers < 1 || brokers > MAX_BROKERS) brokers = 1;
  if (certificate && key) use_tls(certificate, key);
  signal(SIGPIPE, SIG_IGN);
  static int listeners[MAX_BROKERS], command_mark, timer_mark;
  poller = epoll_create1(0);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  for (int b = 0; b < brokers; b++) {
    listeners[b] = listen_locally(&ports[b]);
    watch(listeners[b], &listeners[b]);
  }
  watch(timer, &timer_mark);
  watch(0, &command_mark);
  printf("port %d\n", ports[0]);
  fflush(stdout);
  struct epoll_event events[64];
  for (;;) {
    int ready = epoll_wait(poller, events, 64, -1);
    for (int i = 0; i < ready; i++) {
      void *what = events[i].data.ptr;
      int *listener = what;
      if (listener >= listeners && listener < listeners + brokers) on_connection(*listener);
      else if (what == &command_mark) on_command();
      else if (what == &timer_mark) send_late();
      else {
        Connection *c = what;
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_readable(c);
        else flush(c);
        release(c);
      }
    }
  }
}
